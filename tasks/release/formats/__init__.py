"""Rows as trainers read them, one module a target, and what each target needs beside the rows.

target         what a target is
catalogue      all of them
conversation   a row, read once for all targets
chat           messages as chat templates read them
reinforcement  which verifier checks an answer
verifiers      verifiers, tried before rewards rely on them
writing        files, counts, refused rows
"""
