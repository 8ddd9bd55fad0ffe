"""Filters that look at one row and need no model: form, provenance, refusals, repetition, language."""
