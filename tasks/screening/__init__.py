"""Screening: instructions are looked at before anybody pays for their answers."""
