"""The command line: `cli` says which commands there are, the other modules do what they say."""
