"""What people decided as labelled rows, by which judges are measured: JSON Lines as `tasks/verification/judges/labels.py` reads.

An accepted row is to be kept and a rejected one discarded. Of an edited row the text before the edit is to be discarded and the
text after it to be kept. Where several people judged a row, most of them decide; where as many said the one as the other, nobody
knows, and the row is no label.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.schema import Row
from tasks.review.decisions import Decision, origin
from tasks.review.judgements import Item, item_of
from tasks.review.shown import ORIGIN, later_stages, refused_rows, rows_to_review
from tasks.store.manifest import Release
from tasks.store.store import Store

COLUMNS: Final = ("system", "history", "instruction", "response", "rejected", "teacher")
"""What a labelled row holds beside its label."""
_RELEASES: Final = 20
"""Of the newest releases, so many are searched for the rows that were judged."""
Level = int | str


def labelled(
    decisions: Sequence[Decision], rows: Mapping[Item, Row], scales: Mapping[str, Sequence[Level]]
) -> Iterator[Row]:
    """A label for each row and state that people decided about (and one for each edit of it), ordered by row.

    decisions: those that stand. rows: the texts that were judged; a decision about others gives no label. scales: the levels of the
    judge's criteria, from the worst to the best: `scores` are given where people gave a level to each of them.
    """
    by_item: dict[Item, list[Decision]] = defaultdict(list)
    for one in decisions:
        by_item[item_of(one)].append(one)
    for item, said in sorted(by_item.items()):
        if (row := rows.get(item)) is None:
            continue
        texts = {name: row[name] for name in COLUMNS if row.get(name)}
        label = _most("discard" if one.word in ("edit", "reject") else "keep" for one in said if one.word != "prefer")
        preferred = _most(one.preferred for one in said if one.word == "prefer")
        if label or preferred:
            scores = _scores(said, scales) if label else {}
            yield texts | _given(label=label, preferred=preferred, scores=scores)
        if label == "discard":
            for one in said:
                if one.word == "edit":
                    edited = {name: value for name, value in one.edited.items() if name in COLUMNS}
                    yield texts | edited | {"label": "keep"}


def seen(store: Store, dataset: str, decisions: Sequence[Decision]) -> dict[Item, Row]:
    """The texts that `decisions` are about, by row and state, from the latest build and the newest releases; rows that a stage
    rejected too. What none of them holds is left out."""
    wanted = {item_of(one) for one in decisions}
    ids = pa.array(sorted({name for name, _ in wanted}), pa.string())
    shown = {(one.example_id, one.content_hash): origin(one) for one in decisions}
    found: dict[Item, Row] = {}
    for release in _builds(store, dataset):
        if len(found) == len(wanted):
            break
        for table in _tables(store, release):
            for row in table.filter(pc.is_in(table["example_id"], value_set=ids)).to_pylist():
                state = shown.get((row["example_id"], row["content_hash"])) or row[ORIGIN]
                if (item := (row["example_id"], state)) in wanted:
                    found.setdefault(item, row)
    return found


def _builds(store: Store, dataset: str) -> Iterator[Release]:
    """The latest build and the newest releases; a release that is damaged is for `instructory verify` to speak of."""
    if store.has_build(dataset):
        with suppress(BadInput):  # no stage of it has ended
            yield store.draft(dataset)
    for version in reversed(store.versions(dataset)[-_RELEASES:]):
        yield store.release(dataset, version)


def _tables(store: Store, release: Release) -> Iterator[pa.Table]:
    columns = ("example_id", "content_hash", *COLUMNS)
    stages = ["review", *later_stages(release)]
    try:
        yield rows_to_review(store, release, columns)
        yield refused_rows(store, release, stages).select([*columns, ORIGIN])
    except IntegrityError:  # collected since: the draft may name what a later build replaced
        return


def _scores(said: Iterable[Decision], scales: Mapping[str, Sequence[Level]]) -> dict[str, Level]:
    """The middle level of each criterion, the lower of two; empty unless somebody gave a level of the scale to each."""
    found: dict[str, Level] = {}
    for name, levels in scales.items():
        given = sorted(levels.index(one.criteria[name]) for one in said if one.criteria.get(name) in levels)
        if not given:
            return {}
        found[name] = levels[given[(len(given) - 1) // 2]]
    return found


def _most(words: Iterable[str]) -> str:
    """The commonest of `words`; empty where there is none, or two are."""
    counts = Counter(words).most_common(2)
    return "" if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]) else counts[0][0]


def _given(**values: Any) -> Row:
    return {name: value for name, value in values.items() if value}
