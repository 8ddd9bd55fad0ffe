"""The filter that checks a response against the passages it was written from."""
