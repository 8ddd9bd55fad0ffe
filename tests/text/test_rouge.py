"""ROUGE-L by compiled code is ROUGE-L as it is defined, and the pool finds what a loop over all texts finds."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.text.rouge import RougePool, rouge_words

WORDS = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "the", "of", "write", "name", "list", "two"])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, min_size=60, max_size=140).map(" ".join)


def by_definition(one: str, other: str) -> float:
    """Twice the longest common subsequence over both lengths, by the textbook's table."""
    mine, its = rouge_words(one), rouge_words(other)
    row = [0] * (len(its) + 1)
    for word in mine:
        before = row
        row = [0]
        for at, there in enumerate(its):
            row.append(before[at] + 1 if word == there else max(before[at + 1], row[at]))
    return 2 * row[-1] / (len(mine) + len(its)) if mine and its else 0.0


@given(st.lists(TEXTS, max_size=12), TEXTS, st.sampled_from([0.0, 0.3, 0.7, 1.0]))
def test_the_most_alike_text_is_found(texts: list[str], text: str, least: float) -> None:
    pool = RougePool()
    for number, other in enumerate(texts):
        pool.add(other, str(number))
    scores = [by_definition(text, other) for other in texts]
    best = max(scores, default=0.0)
    expected = (str(scores.index(best)), best) if best > 0 and best >= least else None
    assert pool.most_alike(text, least) == expected
    assert pool.most_alike(text, least) == expected, "asking leaves no trace"


def test_words_are_those_of_the_published_scorer_in_every_script() -> None:
    assert rouge_words("Don't write_up 3.5 TIMES!") == ["don", "t", "write", "up", "3", "5", "times"]
    assert rouge_words("Назови три цвета") == ["назови", "три", "цвета"]


def test_the_example_of_the_paper() -> None:
    pool = RougePool()
    pool.add("police killed the gunman", "reference")
    found = pool.most_alike("police kill the gunman")
    assert found is not None
    assert found.score == 0.75, "Lin 2004, section 3.1"
    other = pool.most_alike("the gunman kill police")
    assert other is not None
    assert other.score == 0.5
