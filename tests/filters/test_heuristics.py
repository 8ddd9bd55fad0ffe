"""Length, metadata, refusal, language, echo, repetition: one row at a time."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.filters.contract import FilterContext, FilterResult
from tasks.filters.heuristics import (
    characters,
    echo,
    feasibility,
    language,
    length,
    metadata,
    placeholders,
    refusal,
    repetition,
)
from tasks.text.columns import plain


def reasons(verdict: FilterResult) -> list[tuple[str | None, str | None]]:
    return list(zip(verdict.reason.to_pylist(), verdict.detail.to_pylist(), strict=True))


def test_length_counts_words_by_column(filtered, context: FilterContext) -> None:
    rows = [
        {"instruction": "Why?", "response": "Because it is."},
        {"instruction": "What is it then?", "response": " \n"},
        {"instruction": None, "response": "Because it is."},
        {"instruction": "What is it then?", "response": None},
        {"instruction": "What is it then?", "response": "word " * 11},
        {"instruction": "法国的首都是哪里?", "response": "巴黎"},
        {"instruction": "What is it then?", "response": "Yes."},
        {"instruction": "Why?", "response": "So.", "history": [{"role": "user", "content": "It is."}]},
    ]
    verdict = length.compute(filtered(*rows), length.Length(max_response_words=10), context)
    assert reasons(verdict) == [
        ("too_short", "instruction 1"), ("empty", "response"), ("empty", "instruction"), ("empty", "response"),
        ("too_long", "response 11"), (None, None), (None, None), (None, None),
    ]  # fmt: skip


def test_metadata_must_be_there_and_speak_defined_words(filtered, chunks, tools) -> None:
    rows = [
        {"source": None},
        {"origin": "robot"},
        {"difficulty": "impossible"},
        {"history": [{"role": "user", "content": "a"}, {"role": "stranger", "content": "b"}]},
        {"evidence": [{"chunk_id": "gone", "start": 0, "end": 1}]},
        {"evidence": [{"chunk_id": "c", "start": 0, "end": 1}], "difficulty": "easy", "history": []},
    ]
    verdict = metadata.compute(filtered(*rows), metadata.Metadata(), FilterContext(chunks(c="text"), tools))
    assert reasons(verdict) == [
        ("bad_metadata", "source"), ("bad_metadata", "origin robot"), ("bad_metadata", "difficulty impossible"),
        ("bad_metadata", "history role"), ("bad_metadata", "evidence gone"), (None, None),
    ]  # fmt: skip


def test_a_quoted_refusal_passes(filtered, chunks, tools) -> None:
    said = "I cannot answer this, said Lydia."
    row = {"response": said, "evidence": [{"chunk_id": "c", "start": None, "end": None}]}
    assert reasons(refusal.compute(filtered(row), refusal.Refusal(), FilterContext(chunks(c=said), tools))) == [
        (None, None)
    ]
    assert refusal.compute(filtered(row), refusal.Refusal(), FilterContext(None, tools)).reason.to_pylist() == [
        "refusal"
    ]


GERMAN = (
    "Die Hauptstadt von Frankreich ist Paris, und das schon seit vielen Jahrhunderten, wie jeder weiß, der dort einmal war. "
    * 2
)
ENGLISH = (
    "The capital of France is Paris, and has been for many centuries, as everybody knows who has ever been there for a while. "
    * 2
)
CODE = "```python\ndef hauptstadt():\n    zeile = 'nicht'\n    return zeile\n```\n" * 4


def test_language_is_told_where_there_is_prose_enough(filtered, context: FilterContext) -> None:
    rows = [{"response": GERMAN}, {"response": ENGLISH}, {"response": CODE}, {"response": "Nein, danke."}]
    table = filtered(*rows)
    verdict = language.compute(table, language.Language(allowed=("en",)), context)
    assert reasons(verdict) == [("wrong_language", "de"), (None, None), (None, None), (None, None)]
    assert verdict.columns["language"].to_pylist() == ["de", "en", None, None]
    everything = language.compute(table, language.Language(), context)
    assert everything.reason.null_count == 4
    assert everything.columns["language"].to_pylist() == ["de", "en", None, None]


def test_language_on_real_sentences(filtered, context: FilterContext, shared) -> None:
    lines = (shared / "detectors" / "langid" / "sentences.tsv").read_text("utf-8").splitlines()
    sentences = [line.split("\t", 1) for line in lines if "\t" in line]
    rows = [(code, text) for code, text in sentences if len(text) > 160][:400]
    assert len(rows) > 100
    found = language.compute(filtered(*({"response": text} for _, text in rows)), language.Language(), context).columns[
        "language"
    ]
    judged = [(code, guess) for (code, _), guess in zip(rows, found.to_pylist(), strict=True) if guess]
    assert len(judged) > 0.6 * len(rows)
    assert sum(code == guess for code, guess in judged) / len(judged) > 0.93


def test_echo_is_the_whole_instruction_again(filtered, context: FilterContext) -> None:
    asked = "Explain how a generator differs from a list comprehension in Python"
    rows = [
        {"instruction": asked, "response": asked + "?"},
        {
            "instruction": asked,
            "response": "A generator yields its items one at a time; a list comprehension builds them all.",
        },
        {
            "instruction": "Correct the spelling: I has a apple and she have two pear",
            "response": "I have an apple and she has two pears",
        },
        {"instruction": "Say yes", "response": "Say yes"},
    ]
    assert reasons(echo.compute(filtered(*rows), echo.Echo(), context)) == [
        ("echo", "1.00"),
        (None, None),
        (None, None),
        ("echo", "1.00"),
    ]


STUCK = "The answer is no no no no no no no no no no no no."
LOOP = "First open the file and read every line of it. " * 12
PROSE = """It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a
wife. However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is
so well fixed in the minds of the surrounding families, that he is considered as the rightful property of some one or other
of their daughters."""


def test_repetition(filtered, chunks, tools) -> None:
    chorus = {"response": LOOP, "evidence": [{"chunk_id": "c", "start": None, "end": None}]}
    table = filtered(
        {"response": STUCK}, {"response": LOOP}, {"response": PROSE}, {"response": "```\n" + LOOP + "\n```"}, chorus
    )
    verdict = repetition.compute(table, repetition.Repetition(), FilterContext(chunks(c=LOOP), tools))
    assert verdict.reason.to_pylist() == ["repetitive", "repetitive", None, None, None]
    assert verdict.detail[0].as_py() == "run of 'no'"


def test_each_rule_of_repetition_is_reached() -> None:
    numbered = " ".join(f"w{n}" for n in range(300))
    assert repetition.worst(numbered) is None
    found = repetition.worst("\n".join([*["four five six"] * 20, *(f"a{n} b{n} c{n}" for n in range(9))]))
    assert found is not None
    assert found.startswith("lines")
    assert repetition.worst(" ".join(f"over and w{n}" for n in range(90))) == "'over and' 0.67"
    thrice = " ".join(f"w{n}" for n in range(100))
    assert repetition.worst(f"{thrice} x {thrice}") is None
    found = repetition.worst(" ".join([thrice, "x", thrice, "y", thrice, "z", thrice]))
    assert found is not None
    assert found.startswith("5-grams 0.7")


@pytest.mark.parametrize(
    "text",
    [
        "Chorus:\n" + "Stars in the night, oh stars in the night.\n" * 12,
        "\n".join(f"{name} is a type of cheese." for name in ("Gouda", "Brie", "Cheddar", "Manchego", "Feta") * 2),
        "[" + ", ".join(["0"] * 64) + "]",
        "X | Y\n" + "T | T\n" * 12,
    ],
)
def test_what_repeats_itself_for_a_reason_stays(text: str) -> None:
    assert repetition.worst(text) is None


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Write 'I will not talk in class' twenty times.", "I will not talk in class.\n" * 20),
        ("Repeat the word yes fifteen times.", "yes " * 15),
        ("Write a lullaby.", "Sleep, little one, sleep.\nThe stars are in the sky.\n" * 8),
        ("Write a song about sharks.", "".join(f"{who} shark, doo doo doo doo doo doo\n" * 3 for who in ("Ma", "Pa", "Baby"))),
        ("Print spam eggs for each of twelve loops.", "spam eggs\n" * 12),
        ("Laugh like a villain.", "Ha " * 12),
        ("Create a truth table.", "X | Y | Z | W\n" + "T | T | T | F\n" * 8 + "F | F | T | F\n" * 8),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_no_loop(filtered, context: FilterContext, instruction: str, response: str) -> None:
    table = filtered({"instruction": instruction, "response": response})
    assert repetition.compute(table, repetition.Repetition(), context).detail.to_pylist() == [None]


def test_a_poem_can_be_caught_in_a_loop(filtered, context: FilterContext) -> None:
    table = filtered({"instruction": "Write a poem.", "response": "The sun is up and the birds sing. " * 60})
    assert repetition.compute(table, repetition.Repetition(), context).reason.to_pylist() == ["repetitive"]


def test_an_answer_given_with_the_passage_is_no_echo(filtered, context: FilterContext) -> None:
    passage = "Marina Vishmidt, born in 1976, is an American writer, editor and critic who lectures in London."
    rows = [
        {"instruction": f"Who is Marina Vishmidt?\n\n{passage}", "response": passage},
        {"instruction": f"Read this.\n\n{passage}", "response": f"Read this: {passage}"},
        {"instruction": f"What is a critic?\n\nA critic is {passage}", "response": f"A critic is {passage}"},
    ]
    assert echo.compute(filtered(*rows), echo.Echo(), context).reason.to_pylist() == [None, "echo", None]


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("Describe this photo in fewer than 20 words.", "unfeasible"),
        ("How would you improve this design?\n\n[Image of a logo]", "unfeasible"),
        ("Name the shape.\n\n![alt](https://example.com/a.png)", "unfeasible"),
        ("Come up with a comment.\n\nPainting: (attached image)", "unfeasible"),
        ("Given a photo of some mountains, write a haiku about the scenery.", None),
        ("Write a caption.\n\n[Image of a painting of two figures in a boat on a lake]", None),
        ("I saw this video where somebody says that light is a chain reaction.", None),
        ("Which command lists the files of a folder?", None),
        ("Close the tags of this HTML: <b><img src='image.png'>", None),
    ],
)
def test_only_what_text_cannot_show_is_unfeasible(
    filtered, context: FilterContext, instruction: str, reason: str | None
) -> None:
    table = filtered({"instruction": instruction})
    assert feasibility.compute(table, feasibility.Feasibility(), context).reason.to_pylist() == [reason]


def test_the_published_lists_are_a_choice(filtered, context: FilterContext) -> None:
    asked = ["Which command lists the files of a folder?", "Write a program that adds.", "*What* is it?", "Wo ist das?"]
    published = feasibility.Feasibility(published=True)
    verdict = feasibility.compute(filtered(*({"instruction": text} for text in asked)), published, context)
    assert verdict.detail.to_pylist() == ["files", "Write a program", "*", None]


@pytest.mark.parametrize(
    ("instruction", "response", "reason"),
    [
        ("Design a model that finds spam.", "N/A", "placeholder"),
        ("Write a script that counts to ten.", "No Output", "placeholder"),
        ("Fill the page.", "Lorem ipsum dolor sit amet, consectetur.", "placeholder"),
        ("Extract the price; write N/A if there is none.", "N/A", None),
        ("What is the Latin text that printers use to fill pages? Give me lorem ipsum.", "Lorem ipsum dolor sit amet.", None),
        ("Write a letter.", "Dear [Name], your answer has come.", None),
        ("Translate 'Platzhalter'.", "Placeholder", None),
        ("What is the opposite of input?", "Output", None),
        ("What is the short form of 'not applicable'?", "N/A", None),
        ("Write a card in React.", "function Card() {\n  return <p>Lorem ipsum dolor sit amet</p>;\n}", None),
    ],
)  # fmt: skip
def test_placeholders(filtered, context: FilterContext, instruction: str, response: str, reason: str | None) -> None:
    table = filtered({"instruction": instruction, "response": response})
    assert placeholders.compute(table, placeholders.Placeholders(), context).reason.to_pylist() == [reason]


def test_characters_must_be_letters_mostly(filtered, context: FilterContext) -> None:
    rows = [
        {"response": "#+*~ " * 30},
        {"response": "go " + "=" * 300 + " on"},
        {"response": "2 + 2 = 4"},
        {"response": "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20},
        {"response": "```\n" + "{[(;)]}\n" * 30 + "```"},
        {"response": "巴黎是法国的首都。" * 20},
        {"response": None},
        {"instruction": "Draw a box.", "response": "\n".join(["#" * 40] + ["#" + " " * 38 + "#"] * 6)},
        {"instruction": "Make a divider line.", "response": "=" * 250},
    ]
    verdict = characters.compute(filtered(*rows), characters.Characters(), context)
    assert verdict.detail.to_pylist() == ["letters 0.00", "'=' over and over", *[None] * 7]


WORDS = st.sampled_from(
    [
        "go", "the", "don't", "snake_case", "x", "Ünder", "one two three four.", "\n", "- and so on\n", "1", "…",
        "«go»", "了吗、",
    ]
)  # fmt: skip


@example([(["go", "…"], 10)])
@settings(max_examples=150)
@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=12), st.integers(1, 14)), min_size=1, max_size=4))
def test_the_compiled_search_overlooks_nothing_repetitive(parts: list[tuple[list[str], int]]) -> None:
    text = " ".join(" ".join([*words] * times) for words, times in parts)
    many = plain([text, *[PROSE] * 2000])
    found = repetition._suspects(many, 50)
    assert repetition.worst(text) is None or 0 in found
    assert 1 not in found
