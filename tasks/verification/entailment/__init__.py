"""Whether each claim of a response follows from its passage, from a reference, or contradicts another row."""
