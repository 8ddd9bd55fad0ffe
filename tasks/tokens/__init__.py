"""What a dataset is in the tokens of the models that are to be trained on it."""

from tasks.tokens.params import Tokens
from tasks.tokens.stage import compute

__all__ = ["Tokens", "compute"]
