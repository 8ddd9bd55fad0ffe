"""What is certainly broken in a text is repaired before anything looks at it; see `stage` for the rules in their order."""

from tasks.cleaning.stage import Cleaning, compute

__all__ = ["Cleaning", "compute"]
