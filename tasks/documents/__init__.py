"""Documents: collected (`collect`), read and cut into chunks (`ingest`), and found again in their raw bytes (`resolve`)."""
