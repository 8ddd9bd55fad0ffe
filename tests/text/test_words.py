from hypothesis import given
from hypothesis import strategies as st

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
