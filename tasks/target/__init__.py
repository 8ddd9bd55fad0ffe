"""The target: how many rows a build in rounds came to, and why it went no further."""
