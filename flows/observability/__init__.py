"""How a build is observed while it runs: artifacts in Prefect's UI, events, structured logs, metrics."""
