"""Whether data helps a model: small students are trained on parts of it, and asked how likely they find answers they never saw."""
