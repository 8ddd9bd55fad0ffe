from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.generation.from_documents.multi_hop.shared_entities import LinkedPassage, entities, groups

NAMES = ("Arnham", "Belwick", "load_job", "Corton Mill", "`dest.type`", "Dunley")
PASSAGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from(NAMES), max_size=4), st.integers(0, 40)), max_size=25
)


def test_entities_are_names_runs_of_capitals_and_names_of_code() -> None:
    text = "The loader asks Google Cloud Storage, then Belwick's keeper; see `dest.type` and load_job, not the end."
    assert set(entities(text).values()) >= {"Google Cloud Storage", "Belwick", "dest.type", "load_job"}
    assert "the" not in entities(text)
    assert "loader" not in entities(text)


def test_a_word_that_is_written_small_elsewhere_links_nothing() -> None:
    passages = [
        LinkedPassage(0, "a", 0, "Then comes Local again, and Arnham."),
        LinkedPassage(1, "b", 0, "There it says Local, of Arnham."),
        LinkedPassage(2, "c", 0, "a local one"),
    ]
    assert [group.entity for group in groups(passages, (2,), 5, 5)] == ["Arnham"]


@settings(max_examples=50)
@given(PASSAGES, st.lists(st.sampled_from((2, 3)), min_size=1, max_size=3), st.integers(2, 6), st.integers(0, 800))
def test_groups_share_their_entity_and_lie_apart(
    found: list[tuple[str, list[str], int]], sizes: list[int], most: int, apart: int
) -> None:
    passages = [
        LinkedPassage(n, document, position * 100 + n, f"passage {n}: we saw {' and '.join(names)} there")
        for n, (document, names, position) in enumerate(found)
    ]
    made = list(groups(passages, sizes, most, apart))
    assert made == list(groups(list(reversed(passages)), sizes, most, apart)), "whatever their order"
    used = [number for group in made for number in group.passages]
    assert len(used) == len(set(used)), "each passage once"
    for group in made:
        naming = [p for p in passages if group.entity.casefold() in p.text.casefold()]
        assert len(naming) <= most or "Corton" in group.entity
        chosen = [passages[number] for number in group.passages]
        assert 2 <= len(chosen) <= max(sizes)
        assert all(group.entity.casefold() in passage.text.casefold() for passage in chosen)
        for one in chosen:
            for other in chosen:
                assert one == other or one.document != other.document or abs(one.position - other.position) > apart
