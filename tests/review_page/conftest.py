"""A store to review, and the page served over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review_page import stores
from tests.review_page.people import Person, people, serving_here


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a release `shop` of 60 rows, and `hostile`."""
    root = tmp_path_factory.mktemp("review") / "store"
    stores.released(root, stores.rows(60))
    stores.released(root, stores.hostile_rows(), "hostile")
    return root


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    """The page over `shop`."""
    with serving_here(store, "shop", size=40, double=0.0) as found:
        yield found


@pytest.fixture(scope="module")
def ada(store: Path, address: str) -> Person:
    """A reviewer, signed in."""
    return people(store, address, "shop", "ada")[0]
