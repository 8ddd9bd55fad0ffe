"""What a build tells the world while it runs: artifacts in the UI, events, structured logs, metrics."""
