"""Where flows run: a server of one's own, workers and deployments, what a web server shows of a store."""
