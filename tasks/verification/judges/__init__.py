"""Judges: what a model, or a rule where no model is named, thinks of a row by a rubric that people share."""
