import numpy as np
import pytest

from tasks.text.retrieval import FUSION_K, Retriever
from tests.teachers.prompts.material import chunks_of

PASSAGES = {
    "str.center(width)": "Return centered in a string of length *width*.",
    'The "while" statement': 'The "while" statement is used for repeated execution as long as an expression is true.',
    'The "for" statement': 'The "for" statement is used to iterate over the elements of a sequence.',
    "w(here)": "Print a stack trace, with the most recent frame at the bottom.",
    "Dictionaries": "Dictionaries preserve insertion order, meaning that keys come in the order they were added.",
    "Cooking": "Simmer the onions slowly until they are golden.",
}


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever(list(PASSAGES), list(PASSAGES.values()))


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("What is the `while` statement used for?", 'The "while" statement'),  # "while" and "for" are on any stop list
        ("What is the `for` statement used for?", 'The "for" statement'),
        ("What does `str.center()` return?", "str.center(width)"),
        ("Is a mapping sorted by when things were put in?", "Dictionaries"),  # by meaning
        ("How do I fry onions?", "Cooking"),
    ],
)
def test_the_passage_that_answers_comes_first(retriever: Retriever, query: str, heading: str) -> None:
    ids, _ = retriever.search([query], 1)
    assert list(PASSAGES)[ids[0, 0]] == heading


def test_quoted_code_counts_though_it_is_no_word() -> None:
    retriever = Retriever(["", ""], ['The "&" operator yields a value.', 'The "^" operator yields a value.'])
    ids, _ = retriever.search(["What does the `^` operator yield?", "What does the `&` operator yield?"], 1)
    assert ids[:, 0].tolist() == [1, 0]


def test_one_sentence_in_a_long_passage_is_enough() -> None:
    """No word is shared, so only the embeddings can find it."""
    filler = "Parsers read tokens. Compilers emit bytecode. Linkers resolve symbols. Loaders map pages."
    retriever = Retriever(["", ""], ["Grammars have rules. Tokens are small.", f"{filler} Felines purr when content."])
    ids, _ = retriever.search(["Is my cat happy?"], 1)
    assert ids[0, 0] == 1


def test_shapes_and_scores(retriever: Retriever) -> None:
    ids, scores = retriever.search(["onions", "iterate over a sequence"], 4)
    assert ids.shape == scores.shape == (2, 4)
    assert (np.diff(scores, axis=1) <= 0).all()
    assert scores.max() <= 2 / (FUSION_K + 1) + 1e-12
    assert retriever.search(["onions"], 99)[0].shape == (1, len(PASSAGES))
    assert sorted(retriever.search(["onions"], 99)[0][0].tolist()) == list(range(len(PASSAGES)))


def test_first_in_both_rankings_has_the_highest_score_there_is() -> None:
    retriever = Retriever(["", ""], ["golden onions", "stack traces of programs"])
    ids, scores = retriever.search(["golden onions"], 1)
    assert (ids[0, 0], scores[0, 0]) == (0, pytest.approx(2 / (FUSION_K + 1)))


def test_each_query_is_answered_as_if_it_were_alone(retriever: Retriever) -> None:
    queries = ["onions", "", "the of and", "`while`", "zzzz qqqq"]
    together, scores = retriever.search(queries, 3)
    for i, query in enumerate(queries):
        alone, score = retriever.search([query], 3)
        assert alone[0].tolist() == together[i].tolist()
        assert score[0] == pytest.approx(scores[i])


def test_the_rank_of_a_passage_is_its_place_in_the_search(retriever: Retriever) -> None:
    ids, _ = retriever.search(["How do I fry onions?"], len(PASSAGES))
    assert [retriever.rank("How do I fry onions?", passage) for passage in ids[0]] == [1, 2, 3, 4, 5, 6]


def test_nothing_to_search() -> None:
    empty = Retriever([], [])
    assert empty.search(["onions"], 5)[0].shape == (1, 0)
    assert Retriever.over(chunks_of("", "onions")).search(["onions"], 1)[0].tolist() == [[1]]
    assert Retriever([""], ["..."]).search([], 1)[0].shape == (0, 1)
    with pytest.raises(ValueError, match="2 titles for 1 passages"):
        Retriever(["", ""], ["x"])


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Retriever(list(PASSAGES), list(PASSAGES.values())).search(["onions"], 2)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
