"""The filter that finds personal data and redacts it, tags it, or rejects the row."""
