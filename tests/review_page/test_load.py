"""Ten reviewers at once on one server. `make bench ONLY=review` measures the same over 100,000 rows."""

from pathlib import Path

import numpy as np

from tests.benchmarks.review import measure
from tests.review_page import stores


def test_ten_reviewers_at_once_get_rows_of_their_own_and_lose_no_decision(tmp_path: Path) -> None:
    root = tmp_path / "store"
    stores.released(root, stores.rows(500), raw=False)
    found = measure(root, "shop", 5, "--sample", "500", "--double", "0")
    assert found.open_queue < 5
    assert np.median(found.saves) < 1, "on a machine that does nothing else it is some ten milliseconds"
