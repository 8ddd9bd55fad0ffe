"""Which documents there are: the first stage of a build."""
