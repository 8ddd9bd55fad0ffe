"""Length, metadata, refusal, language, echo, repetition: one row at a time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.filters import echo, language, length, metadata, refusal, repetition
from tasks.filters.verdict import Context, Verdict
from tasks.text.columns import plain


def reasons(verdict: Verdict) -> list[tuple[str | None, str | None]]:
    return list(zip(verdict.reason.to_pylist(), verdict.detail.to_pylist(), strict=True))


def test_length_counts_words_by_column(filtered, context: Context) -> None:
    rows = [
        {"instruction": "Why?", "response": "Because it is."},
        {"instruction": "What is it then?", "response": " \n"},
        {"instruction": None, "response": "Because it is."},
        {"instruction": "What is it then?", "response": None},
        {"instruction": "What is it then?", "response": "word " * 11},
        {"instruction": "法国的首都是哪里?", "response": "巴黎"},
        {"instruction": "What is it then?", "response": "Yes."},
    ]
    verdict = length.judge(filtered(*rows), length.Length(max_response_words=10), context)
    assert reasons(verdict) == [
        ("too_short", "instruction 1"),
        ("empty", "response"),
        ("empty", "instruction"),
        ("empty", "response"),
        ("too_long", "response 11"),
        (None, None),
        (None, None),
    ]


def test_metadata_must_be_there_and_speak_defined_words(filtered, chunks, tools) -> None:
    rows = [
        {"source": None},
        {"origin": "robot"},
        {"difficulty": "impossible"},
        {"history": [{"role": "user", "content": "a"}, {"role": "stranger", "content": "b"}]},
        {"evidence": [{"chunk_id": "gone", "start": 0, "end": 1}]},
        {"evidence": [{"chunk_id": "c", "start": 0, "end": 1}], "difficulty": "easy", "history": []},
    ]
    verdict = metadata.judge(filtered(*rows), metadata.Metadata(), Context(chunks(c="text"), tools))
    assert reasons(verdict) == [
        ("bad_metadata", "source"),
        ("bad_metadata", "origin robot"),
        ("bad_metadata", "difficulty impossible"),
        ("bad_metadata", "history role"),
        ("bad_metadata", "evidence gone"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("I cannot provide medical advice.", "refusal"),
        ("Unfortunately, I don't have access to the internet.", "refusal"),
        ("Here you go. By the way, I am an AI language model.", "identity"),
        ("I was trained by OpenAI in 2021.", "identity"),
        ("My knowledge cutoff is 2021.", "identity"),
        ("Agent: I'm sorry, but we are unable to come.", None),
        ("AlphaGo was developed by Google DeepMind.", None),
        ("The function cannot provide a default.", None),
        ("You can help with that. I can too.", None),
    ],
)
def test_refusals_and_identity(filtered, context: Context, response: str, reason: str | None) -> None:
    verdict = refusal.judge(filtered({"response": response}), refusal.Refusal(), context)
    assert verdict.reason.to_pylist() == [reason]
    assert reason is None or verdict.detail[0].as_py().lower() in response.lower()


def test_a_quoted_refusal_passes(filtered, chunks, tools) -> None:
    said = "I cannot help it, said Lydia. I cannot help laughing."
    row = {"response": said, "evidence": [{"chunk_id": "c", "start": None, "end": None}]}
    assert reasons(refusal.judge(filtered(row), refusal.Refusal(), Context(chunks(c=said), tools))) == [(None, None)]
    assert refusal.judge(filtered(row), refusal.Refusal(), Context(None, tools)).reason.to_pylist() == ["refusal"]


GERMAN = (
    "Die Hauptstadt von Frankreich ist Paris, und das schon seit vielen Jahrhunderten, wie jeder weiß, der dort einmal war. "
    * 2
)
ENGLISH = (
    "The capital of France is Paris, and has been for many centuries, as everybody knows who has ever been there for a while. "
    * 2
)
CODE = "```python\ndef hauptstadt():\n    zeile = 'nicht'\n    return zeile\n```\n" * 4


def test_language_is_told_where_there_is_prose_enough(filtered, context: Context) -> None:
    rows = [{"response": GERMAN}, {"response": ENGLISH}, {"response": CODE}, {"response": "Nein, danke."}]
    table = filtered(*rows)
    verdict = language.judge(table, language.Language(allowed=("en",)), context)
    assert reasons(verdict) == [("wrong_language", "de"), (None, None), (None, None), (None, None)]
    assert verdict.columns["language"].to_pylist() == ["de", "en", None, None]
    everything = language.judge(table, language.Language(), context)
    assert everything.reason.null_count == 4
    assert everything.columns["language"].to_pylist() == ["de", "en", None, None]


def test_language_on_real_sentences(filtered, context: Context, shared) -> None:
    lines = (shared / "detectors" / "langid" / "sentences.tsv").read_text("utf-8").splitlines()
    sentences = [line.split("\t", 1) for line in lines if "\t" in line]
    rows = [(code, text) for code, text in sentences if len(text) > 160][:400]
    assert len(rows) > 100
    found = language.judge(filtered(*({"response": text} for _, text in rows)), language.Language(), context).columns[
        "language"
    ]
    judged = [(code, guess) for (code, _), guess in zip(rows, found.to_pylist(), strict=True) if guess]
    assert len(judged) > 0.6 * len(rows)
    assert sum(code == guess for code, guess in judged) / len(judged) > 0.93


def test_echo_is_the_whole_instruction_again(filtered, context: Context) -> None:
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
    assert reasons(echo.judge(filtered(*rows), echo.Echo(), context)) == [
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
    verdict = repetition.judge(table, repetition.Repetition(), Context(chunks(c=LOOP), tools))
    assert verdict.reason.to_pylist() == ["repetitive", "repetitive", None, None, None]
    assert verdict.detail[0].as_py() == "run of 'no'"


def test_each_rule_of_repetition_is_reached() -> None:
    numbered = " ".join(f"w{n}" for n in range(300))
    assert repetition.worst(numbered) is None
    assert repetition.worst(
        "\n".join(["one two three", *["four five six"] * 2, *(f"a{n} b{n} c{n}" for n in range(2))] * 9)
    ).startswith("lines")
    top = " ".join(f"over and w{n} x{n} y{n} z{n}" for n in range(60))
    assert repetition.worst(top) == "'over and' 0.33"
    half = " ".join(f"w{n}" for n in range(150))
    short = " ".join([*(f"w{n}" for n in range(60)), *(f"w{n}" for n in range(15))])
    assert repetition.worst(short) is None
    assert repetition.worst(half + " x " + half).startswith("5-grams 0.50")


WORDS = st.sampled_from(
    ["go", "the", "don't", "snake_case", "x", "Ünder", "one two three four.", "\n", "- and so on\n", "1", "…"]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=12), st.integers(1, 14)), min_size=1, max_size=4))
def test_the_compiled_search_overlooks_nothing_repetitive(parts: list[tuple[list[str], int]]) -> None:
    text = " ".join(" ".join([*words] * times) for words, times in parts)
    many = plain([text, *[PROSE] * 2000])
    found = repetition._suspects(many, 50)
    assert repetition.worst(text) is None or 0 in found
    assert 1 not in found
