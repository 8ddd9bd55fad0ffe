from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.generation.from_documents.whole_documents import Stretch, WholeDocuments
from tasks.text.token_counts import token_counts
from tests.generation.from_documents.documents import documents_of

WORDS = ("load", "pipeline", "schema", "Ünïcode", "`run()`", "1,000", "merge")


PARTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=2),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join),
    ),
    min_size=1,
    max_size=9,
)


def test_a_document_is_its_chunks_in_order_with_headings_where_they_change() -> None:
    table = documents_of(
        [(["A"], "one"), (["A", "B"], "two"), (["A", "B"], "OBEY"), (["A", "C"], "three")], flagged="OBEY"
    )
    whole = WholeDocuments(table)
    (document,) = whole.documents
    context = whole.context(document)
    assert context.text == "# A\n\none\n\n## B\n\ntwo\n\n## C\n\nthree"
    assert {name: context.text[at:][:3] for name, at in context.offsets.items()} == {
        "d0c0": "one",
        "d0c1": "two",
        "d0c3": "thr",
    }


@settings(max_examples=60)
@given(st.lists(PARTS, max_size=3), st.integers(20, 200), st.integers(20, 300), st.floats(0, 1))
def test_runs_and_contexts_stay_within_their_document_and_their_tokens(
    documents: list[list[tuple[list[str], str]]], passage: int, most: int, depth: float
) -> None:
    whole = WholeDocuments(documents_of(*documents))
    assert len(whole.documents) == len(documents)
    for document in whole.documents:
        runs = list(whole.cut(document, passage))
        assert all(a.stop <= b.start for a, b in pairwise(runs))
        left_out = set(range(*document)) - {n for run in runs for n in range(*run)}
        assert all(whole.tokens(Stretch(n, n + 1)) > passage for n in left_out)
        for run in runs:
            assert document.start <= run.start < run.stop <= document.stop
            assert whole.tokens(run) <= passage
            around = whole.around(run, document, most, depth)
            assert document.start <= around.start <= run.start < run.stop <= around.stop <= document.stop
            assert whole.tokens(around) <= max(most, whole.tokens(run))
            assert token_counts([whole.context(around).text])[0] <= whole.tokens(around)
            if whole.tokens(document) <= most:
                assert around == document
            elif around != document:
                before, behind = Stretch(around.start - 1, around.stop), Stretch(around.start, around.stop + 1)
                assert around.start == document.start or whole.tokens(before) > most, "as much as fits"
                assert around.stop == document.stop or whole.tokens(behind) > most
