"""The life of a row ends, whatever its ancestors are called."""

from pathlib import Path

from tasks.store.lineage import life
from tests.review_page import stores


def test_rows_that_are_their_own_ancestors_have_a_life_that_ends(tmp_path: Path) -> None:
    made = stores.rows(3)
    first, second, _ = (row["example_id"] for row in made)
    made[0] |= {"parent_id": second, "evidence": []}
    made[1] |= {"parent_id": first, "evidence": []}
    store = stores.released(tmp_path / "store", made)
    found = life(store, first[:8])
    assert found.row_id == first
    assert [parent.row_id for parent in found.parents] == [second]
    assert found.parents[0].parents == (), "the first row is not told of again"


def test_a_parent_is_found_by_its_whole_id_only(tmp_path: Path) -> None:
    made = stores.rows(2)
    made[0] |= {"parent_id": made[1]["example_id"][:4], "evidence": []}
    store = stores.released(tmp_path / "store", made)
    assert life(store, made[0]["example_id"]).parents[0].row_id == made[1]["example_id"][:4], "the passage of that name"
