import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.sentences import sentence_spans

MARKS = [" ", "\n", "\n\n", "\t", ".", "!", "?", "...", '"', "”", "’", "(", ")", "[1]", "|", "\u2028", "\x0b", "\x85"]
TOKENS = ["Mr", "e.g", "I", "A", "word", "Word", "str.find()", "3.11", "* ", "1. ", "    x = 1", ">>> y"]
PIECES = st.sampled_from([*MARKS, *TOKENS])


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_no_character_is_lost_and_none_is_in_two_sentences(text: str) -> None:
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert re.sub(r"\s", "", "".join(sentences(text))) == re.sub(r"\s", "", text)
    assert all(sentence and sentence == sentence.rstrip() for sentence in sentences(text))


@pytest.mark.parametrize(
    "whole",
    [
        '"What is his name?" said she.', "“What is his name?” said she.", '"Oh!" Elizabeth cried, and left the room.',
        '"Are you quite sure, ma\'am?" Mr. Darcy asked.', "Mr. and Mrs. Bennet met Dr. Grant at St. James.",
        "Use a mapping (e.g. a dict) or, i.e. better, a set.",
        'The method "str.find()" returns -1, see version 3.11.2 of J. R. Smith et al. and No. 5.',
        "1. Values of *n* less than 0 are treated as 0.", "The call func(a, ...) is allowed.",
        "He stood there... and then he left.", "This is stated in the reference.  [1]",
        '    x = 1. Then\n    print("Done. Go!")', ">>> print('Yes. No.')\nYes. No.",
    ],
)  # fmt: skip
def test_stays_one_sentence(whole: str) -> None:
    assert sentences(whole) == [whole]


@pytest.mark.parametrize(
    "parts",
    [
        ["Return the index.", '"str.find()" is faster.', "*k* is ignored.", "See above."],
        ["It ends here.", "str.find() returns -1."],
        ['"Bingley."', '"Is he married or single?"'],
        ['"Oh! single, my dear, to be sure!', "A single man of large fortune; five thousand a year.", 'What a thing!"'],
        ["She was taller than I.", "He was not."],
        ["Is it so?", "It is!", "(Really.)", "Done."],
        ["Python 3.", "The end of it came in 2020.", "7 years ago."],
        ["He said so...", "Then he left."],
        ["Done in the outer scope.  [1]", "The search continues."],
    ],
)
def test_is_cut_where_a_reader_would(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


def test_blank_lines_lists_and_tables_end_sentences() -> None:
    text = "Three kinds:\n\n* one\n* two of\n  them\n\n+---+\n| a |\n+---+\n\nThe end"
    assert sentences(text) == ["Three kinds:", "* one", "* two of\n  them", "+---+", "| a |", "+---+", "The end"]
