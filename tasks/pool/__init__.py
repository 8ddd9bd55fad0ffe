"""The pool: the rows of all methods in one table, each instruction once."""
