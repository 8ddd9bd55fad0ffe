import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.columns import word_counts
from tasks.text.words import STOPWORDS, content_words, normalise, words


def test_words_keep_contractions_and_names_of_code_whole() -> None:
    assert words("Don’t call object.__init__(self), max_words or _You_, Ǆ naïve!") == [
        *("don't", "call", "object", "__init__", "self", "max_words", "or", "you", "dž", "naïve")
    ]


def test_content_words_leave_out_what_every_text_holds() -> None:
    assert content_words("It is a truth that the man must be in want of a wife") == ["truth", "man", "want", "wife"]
    assert all(word == word.lower() for word in STOPWORDS)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.lists(st.none() | st.text(st.sampled_from("ab \t\né漢\u00a0"), max_size=12), max_size=6))
def test_words_are_counted_as_re2_counts_them(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.large_string())
    counted = pc.fill_null(pc.count_substring_regex(column, r"\S+"), 0)
    assert word_counts(column).tolist() == counted.to_pylist()
    assert word_counts(column.slice(1)).tolist() == counted.to_pylist()[1:]
