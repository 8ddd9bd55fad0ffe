"""The review page: rows of a dataset in a browser, read and decided about by people who each have a name and a token."""
