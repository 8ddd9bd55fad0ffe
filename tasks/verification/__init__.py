"""Verification: is what a row says right? It runs behind the filters, on the rows that they kept.

verifier       what a verifier is: name, settings, reasons, function, and the verdicts that it returns
catalogue      all of them, cheap ones first
stage          the stage of one entry under a recipe's `verify:`
execution/     programs, mathematics, SQL, JSON, tool calls, regular expressions and constraints: run or computed
judges/        what a model or a rule thinks of a row, by a rubric, with calibration against people
entailment/    whether claims follow from the passages they cite, from a reference, and from each other
"""
