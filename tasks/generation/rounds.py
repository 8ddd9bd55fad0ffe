"""What became of the rows of each round, for methods that go in rounds: the report draws it from `facts["rounds"]`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Round:
    """One round. A row counts in the round that made it, also where it is kept or refused in a later one."""

    asked: int = 0
    """Requests for new rows."""
    made: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    failed: int = 0

    @property
    def left(self) -> int:
        """Rows of the round that were neither rejected nor failed so far."""
        return self.made - self.rejected.total() - self.failed

    def facts(self) -> dict[str, Any]:
        """As JSON data; in the end `made` is the sum of `kept`, the counts in `rejected`, and `failed`."""
        return {**vars(self), "rejected": dict(sorted(self.rejected.items()))}
