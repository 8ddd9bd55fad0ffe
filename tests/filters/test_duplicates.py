"""Equal rows, contradicting rows, shared responses, and which of them stays."""

from collections.abc import Callable
from pydoc_data.topics import topics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.filters.catalogue import Filters
from tasks.filters.contract import FilterContext
from tasks.filters.duplicates import conflicts, exact_duplicates, near_duplicates, quality, semantic_duplicates

EXACT = exact_duplicates.ExactDuplicates()


def test_equal_up_to_case_and_white_space(filtered, context: FilterContext) -> None:
    turn = [{"role": "user", "content": "Hello"}]
    rows = [
        {"instruction": "What is  it?", "response": "It is\nParis."},
        {"instruction": "what is it?", "response": "it is paris. "},
        {"instruction": "what is it?", "response": "it is paris.", "history": turn},
        {"instruction": "what is it?", "response": "it is paris.", "system": "Be kind."},
        {"instruction": "What is it?", "response": "It is Paris.", "origin": "human"},
        {"instruction": "what is", "response": "it? it is paris."},
    ]
    verdict = exact_duplicates.compute(filtered(*rows), EXACT, context)
    assert verdict.detail.to_pylist() == ["r4", "r4", None, None, None, None]
    assert verdict.columns["duplicates"].to_pylist() == [0, 0, 0, 0, 2, 0]


def test_quality_decides_in_the_documented_order(filtered) -> None:
    rows = [
        {"response": "cut off in the mid"},
        {"response": "A finished one, however long it is."},
        {"response": "Finished."},
        {"response": "x", "score": 0.9},
        {"response": "x", "origin": "human"},
        {"response": "It is cafÃ©.", "origin": "human"},
        {"response": None},
    ]
    assert quality.order(filtered(*rows)).tolist() == [4, 3, 1, 2, 0, 6, 5]


def paragraphs() -> list[str]:
    """Prose of the Python language reference: four sentences and more, with quotation marks that an encoding can break."""
    found = []
    for topic in topics.values():
        for part in topic.split("\n\n"):
            text = " ".join(part.split()).replace('"', "”").replace("'", "’")
            if part[:1].isalpha() and text.count(". ") > 2 and text.endswith(".") and "’" in text:
                found.append(text)
    return list(dict.fromkeys(found))


DAMAGES: dict[str, Callable[[str], str]] = {
    "mojibake": lambda text: text.encode().decode("cp1252", "replace"),
    "lost letters": lambda text: text.replace("’", "\ufffd").replace("a", "\ufffd", 2),
    "cut in a word": lambda text: text[: len(text) * 4 // 5].rstrip(" .,"),
    "cut behind a sentence": lambda text: text[: text.rindex(". ") + 1],
    "cut, with dots": lambda text: text[: len(text) * 4 // 5] + "...",
    "end of turn": lambda text: text + "<|im_end|>\n<|im_start|>user",
    "next turn": lambda text: text + "\n\n### Instruction: Tell me more about it.",
    "role": lambda text: "Assistant: " + text + "</s>",
    "twice": lambda text: text + "\n\n" + text,
    "end twice": lambda text: text + " " + text[len(text) // 2 :],
    "markup": lambda text: "<p>" + text.replace("’", "&rsquo;") + "</p>",
    "escapes": lambda text: text.replace(". ", ".\\n") + "\\n",
    "lower case": str.lower,
    "capitals": str.upper,
}


@pytest.mark.parametrize("first", ["damaged", "clean"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_the_better_copy_stays(filtered, context: FilterContext, kind: str, first: str) -> None:
    """Of a clean row and its damaged copy the clean one stays, whichever is longer and whichever comes first."""
    rows = []
    for number, text in enumerate(paragraphs()):
        copies = {"clean": text, "damaged": DAMAGES[kind](text)}
        rows += [
            {
                "example_id": f"{name}{number}",
                "instruction": f"Say what is meant by topic {number}.",
                "response": copies[name],
            }
            for name in (first, *(copies.keys() - {first}))
        ]
    assert len(rows) > 40
    verdict = conflicts.compute(filtered(*rows), conflicts.Conflicts(), context)
    kept = [row["example_id"] for row, keep in zip(rows, verdict.keep.to_pylist(), strict=True) if keep]
    assert 2 * len(kept) == len(rows)
    assert [name for name in kept if not name.startswith("clean")] == []


def test_a_kept_row_inherits_the_count_of_those_it_replaces(filtered) -> None:
    table = filtered({}, {}, {})
    once = quality.dropped_for(table, {1: 0})
    table = table.set_column(table.schema.get_field_index("duplicates"), "duplicates", once)
    assert quality.dropped_for(table, {0: 2}).to_pylist()[2] == 2


def test_conflicting_responses(filtered, context: FilterContext) -> None:
    rows = [
        {"instruction": "Where do bears live?", "response": "In the"},
        {"instruction": "Where do bears live", "response": "In the woods."},
        {"instruction": "Where do wolves live?", "response": "In the woods."},
        {"instruction": "Where do bears live?", "response": "In caves.", "rejected": "On the moon."},
        {
            "instruction": "Where do bears live?",
            "response": "In caves, they say.",
            "history": [{"role": "user", "content": "Hi"}],
        },
    ]
    verdict = conflicts.compute(filtered(*rows), conflicts.Conflicts(), context)
    assert verdict.reason.to_pylist() == ["conflicting_response", None, None, None, None]
    assert verdict.detail[0].as_py() == "r1"
    both = conflicts.compute(filtered(*rows), conflicts.Conflicts(keep="both"), context)
    assert both.reason.null_count == len(rows)


SENTENCE = "Return the lowest index in the string where the substring is found."


def test_one_response_to_the_same_question_put_twice(filtered, context: FilterContext) -> None:
    rows = [
        {"instruction": "What does the method str.find do?", "response": SENTENCE},
        {"instruction": "What does the str.find method do?", "response": SENTENCE},
        {"instruction": "Which index is returned by str.find in a string?", "response": SENTENCE},
        {"instruction": "Is Paris in France?", "response": "Yes."},
        {"instruction": "Is Paris in France or not?", "response": "Yes."},
    ]
    verdict = conflicts.compute(filtered(*rows), conflicts.Conflicts(), context)
    assert verdict.reason.to_pylist() == [None, "shared_response", None, None, None]
    assert verdict.detail[1].as_py() == "r0"
    assert verdict.columns["duplicates"].to_pylist() == [1, 0, 0, 0, 0]


@given(st.lists(st.sampled_from(["a", "a ", "b", "c", None]), min_size=1, max_size=12))
def test_of_equal_rows_exactly_one_stays(filtered, tools, texts: list[str | None]) -> None:
    verdict = exact_duplicates.compute(
        filtered(*({"response": text} for text in texts)), EXACT, FilterContext(None, tools)
    )
    different = {(text or "").strip() for text in texts}
    assert int(np.sum(verdict.keep.to_numpy(zero_copy_only=False))) == len(different)
    kept = {f"r{n}" for n, keep in enumerate(verdict.keep.to_pylist()) if keep}
    assert set(verdict.detail.drop_null().to_pylist()) <= kept


def test_a_row_and_what_was_made_from_it_for_another_training_both_stay(filtered, context: FilterContext) -> None:
    texts = {
        "instruction": "What is a generator in Python?",
        "response": "A function that yields values one by one, lazily.",
    }
    rows = [texts, texts | {"rejected": "A list."}, texts | {"score": 0.9}, texts | {"reasoning": "It has a yield."}]
    table = filtered(*rows, *rows)
    assert exact_duplicates.compute(table, EXACT, context).detail.to_pylist() == [None] * 4 + ["r0", "r1", "r2", "r3"]
    once = filtered(*rows)
    for compare in (conflicts, near_duplicates, semantic_duplicates):
        settings = compare.FILTER.settings(Filters())
        assert compare.compute(once, settings, context).reason.to_pylist() == [None] * 4, compare.__name__


def test_of_answers_to_one_instruction_the_better_founded_one_stays(filtered, context: FilterContext) -> None:
    founded = [{}, {"attempts": 4}, {"origin": "human"}, {"method": "corrections"}]
    rows = [{"instruction": "Who was it?", "response": f"It was number {n}."} | one for n, one in enumerate(founded)]
    for last in range(2, 5):
        found = conflicts.compute(filtered(*rows[:last]), conflicts.Conflicts(), context).reason.to_pylist()
        assert found == ["conflicting_response"] * (last - 1) + [None]
