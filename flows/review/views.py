"""Searches that a reviewer keeps under a name, in a small file of their own:

reviewers/views/<dataset>.<reviewer>.json     {name: query}
"""

import json
from pathlib import Path
from threading import Lock
from typing import Final

from tasks.core.errors import BadInput
from tasks.store.files import inside, write_once

MOST: Final = 50
_WRITING: Final = Lock()


class SavedViews:
    """The searches of one reviewer in one dataset."""

    def __init__(self, root: Path, dataset: str, reviewer: str) -> None:
        self._file = inside(root, root / "reviewers" / "views" / f"{dataset}.{reviewer}.json")

    def all(self) -> dict[str, str]:
        """Query by name."""
        if not self._file.exists():
            return {}
        found: dict[str, str] = json.loads(self._file.read_text("utf-8"))
        return found

    def keep(self, name: str, query: str) -> None:
        """Keep a search, in place of one of the same name. BadInput without a name, or if there are too many."""
        name = " ".join(name.split())[:60]
        with _WRITING:
            kept = self.all() | {name: query[:2000]}
            if not name or len(kept) > MOST:
                raise BadInput(f"a search is kept under a name, and at most {MOST} are")
            write_once(self._file, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False).encode())

    def remove(self, name: str) -> None:
        """Forget a search."""
        with _WRITING:
            kept = {other: query for other, query in self.all().items() if other != name}
            write_once(self._file, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False).encode())
