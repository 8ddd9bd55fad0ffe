"""Checks of constraints: each can say yes and no, counts are those of what was put together, and hostile texts end in time."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.constraints import CHECKS, ConstraintError, check
from tasks.text.counts import sentence_count, word_count

LONG_GERMAN = "Die Katze sitzt auf der Mauer und schaut den Vögeln zu, die im Garten nach Würmern suchen. " * 3
LONG_ENGLISH = "The cat sits on the wall and watches the birds, which look for worms in the garden. " * 3
CASES = [
    ("max_words:5", "Five words and no more.", "This one has six words altogether."),
    ("min_words:4", "One two three four.", "One two three."),
    ("max_sentences:1", "He met Mr. Hill.", "One. Two."),
    ("min_sentences:2", "One. Two!", "Only e.g. one."),
    ("exact_sentences:2", "One by Mr. Hill. Two!", "Only one."),
    ("paragraphs:2", "One.\n\nTwo.", "One.\nTwo."),
    ("divided_paragraphs:2", "One.\n***\nTwo.", "One.\n\nTwo."),
    ("nth_paragraph_starts:2:2:Then", 'First.\n\n"Then" it went.', "First.\n\nNow it went."),
    ("nth_paragraph_starts:2:2:Then", "First.\n\nthen, it went.", "Then it went."),
    ("keywords:cat, dog", "A Cat and a dog.", "A cat and doggerel."),
    ("forbidden_words:cat,dog", "A bird and a category.", "The DOG."),
    ("keyword_at_least:2:cat", "A cat is a cat.", "A cat is a category."),
    ("keyword_below:2:cat", "A cat is a category.", "A cat is a cat."),
    ("letter_at_least:3:e", "Eel, he", "Eel"),
    ("letter_below:1:z", "None", "Zero"),
    ("language:de", LONG_GERMAN, LONG_ENGLISH),
    ("bullet_list:2", "- one\n- two", "Here:\n- one\n- two"),
    ("numbered_list:2", "1. one\n2. two", "1. one\n3. two"),
    ("bullets:2", "Here:\n* one\n* two", "* one"),
    ("sections:2:Part", "Part 1\na\n**Part 2**\nb", "Part 1\na"),
    ("highlights:2", "*one* and **two**", "*one* and 2 * 3"),
    ("placeholders:2", "Dear [name], [date]", "Dear [name]"),
    ("title", "<<A title>>\nText", "A title\n<< >>"),
    ("postscript:P.S.", "Text.\n\nP.S. More.", "Text. P.S."),
    ("json:a,b", '{"a": "x", "b": ["y"]}', '{"b": "x", "a": "y"}'),
    ("json_format", '```json\n{"a": 1}\n```', "{a: 1}"),
    ("one_of:My answer is yes.|My answer is no.", "My answer is no.", "No."),
    ("two_responses", "One\n******\nTwo", "One\n******\nOne"),
    ("repeats_request", "Say it. I do.", "I do."),
    ("repeats_request:Say", "Say what?", "What?"),
    ("all_capitals", "ALL, 3", "ALL But"),
    ("all_lowercase", "all, 3", "All"),
    ("capital_words_at_least:2", "NASA and ESA", "NASA and Esa"),
    ("capital_words_below:1", "Nasa", "NASA"),
    ("no_commas", "One and two.", "One, two."),
    ("starts_with:Well", "**Well**, yes.", "Yes, well."),
    ("ends_with:Any other questions?", 'Yes. "Any other questions?"', "Any other questions? No."),
    ("quotation", '"Yes."', "Yes."),
]


@pytest.mark.parametrize(("constraint", "good", "bad"), CASES)
def test_a_constraint_is_met_or_not(constraint: str, good: str, bad: str) -> None:
    assert check(constraint, "Say it.", good).met is True
    assert check(constraint, "Say it.", bad).met is False


def test_every_check_is_tried() -> None:
    assert {constraint.partition(":")[0] for constraint, _, _ in CASES} == CHECKS.keys()


@pytest.mark.parametrize(
    "constraint",
    ["max_words", "max_words:x", "keywords:", "letter_below:2:ee", "keyword_below:2", "no_such:1", "", ":"],
)
def test_what_is_no_constraint_is_an_error(constraint: str) -> None:
    with pytest.raises(ConstraintError):
        check(constraint, "Say it.", "It.")


def test_a_short_text_has_no_language() -> None:
    assert check("language:de", "Sag es.", "Nein.").met is None


WORD = st.sampled_from("pride vanity list tuple value method object Jane Mr. e.g. `x` 3.5".split())  # noqa: SIM905
SENTENCE = st.lists(WORD, min_size=3, max_size=14).map(lambda words: f"The {' '.join(words)} stood firm.")
PROSE = st.lists(SENTENCE, min_size=1, max_size=6)


@given(PROSE)
def test_counts_are_those_of_the_parts(told: list[str]) -> None:
    text, words = " ".join(told), sum(word_count(sentence) for sentence in told)
    assert word_count(text) == words
    assert sentence_count(text) == len(told)
    for count, name, parts in ((words, "words", text), (len(told), "sentences", text)):
        assert check(f"max_{name}:{count}", "", parts).met
        assert check(f"min_{name}:{count}", "", parts).met
        assert not check(f"max_{name}:{count - 1}", "", parts).met
        assert not check(f"min_{name}:{count + 1}", "", parts).met
    for name, made in (
        ("paragraphs", "\n\n".join(told)),
        ("divided_paragraphs", "\n***\n".join(told)),
        ("bullets", "\n".join(f"- {one}" for one in told)),
        ("numbered_list", "\n".join(f"{n}. {one}" for n, one in enumerate(told, 1))),
    ):
        assert check(f"{name}:{len(told)}", "", made).met
        assert not check(f"{name}:{len(told) + 1}", "", made).met


@given(PROSE, st.sampled_from("abcdefgh"))
def test_opposites_exclude_each_other(told: list[str], letter: str) -> None:
    text = " ".join(told)
    for number in (1, 3, 10):
        assert (
            check(f"letter_at_least:{number}:{letter}", "", text).met
            != check(f"letter_below:{number}:{letter}", "", text).met
        )
        assert (
            check(f"keyword_at_least:{number}:value", "", text).met
            != check(f"keyword_below:{number}:value", "", text).met
        )
    assert check("keywords:firm", "", text).met != check("forbidden_words:firm", "", text).met
    assert check("all_capitals", "", text.upper()).met
    assert check("all_lowercase", "", text.lower()).met
    assert check("no_commas", "", text).met
    assert check("json_format", "", json.dumps(told)).met


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_gets_an_answer_or_the_error(response: str, value: str) -> None:
    for name in CHECKS:
        try:
            assert check(f"{name}:{value}", "Say it.", response).met in (True, False, None)
        except ConstraintError:
            continue


@pytest.mark.parametrize("part", ["A. ", "*a ", "[", "<<", "```json\n", "***\n", "\n \n", "- ", ".\"'", "``", '{"a":'])
def test_long_texts_end_in_time(part: str) -> None:
    text = part * (400_000 // len(part))
    start = time.process_time()
    for constraint, _, _ in CASES:
        check(constraint, "Say it.", text)
    assert time.process_time() - start < 12
