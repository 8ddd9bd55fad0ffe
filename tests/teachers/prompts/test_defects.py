import json
from pathlib import Path

import pytest

from tasks.teachers.prompts.defects import (
    abstention,
    copied_marker,
    instruction_defect,
    prompt_leakage,
    refusal,
    text_defect,
    unfinished,
)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.", "I cannot answer this question.",
        "Unfortunately, I am unable to provide that.", "As an AI language model, I have no opinion.",
        "Elizabeth is proud. But as an AI assistant I should add a caveat.", "Sorry, but I won’t write that.",
    ],
)  # fmt: skip
def test_refusals(text: str) -> None:
    assert refusal(text)
    assert text_defect(text).reason == "refusal"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "I cannot get my generator to stop. Why?",
        "“I cannot forget the follies and vices of others so soon as I ought,” says Mr. Darcy.",
        "He is sorry, and says so.",
        "Explain what the `sorry` command does.",
        "Which passage of the novel shows Mr. Darcy's pride?",
        "Write the following sentence in the passive voice: the dog bit the man.",
        "What does `x[1]` return for the list [1, 2]?",
        "Fix the spelling in the text below:\n\nThe dog bit the man in the park.",
        "What does Mr. Darcy mean in this passage: “She is tolerable, but not handsome enough to tempt me”?",
        "Find the longest word in the given string.",
        "How do I use <div-class> in a template?",
    ],
)
def test_what_people_write_is_clean(text: str) -> None:
    assert text_defect(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "#Rewritten Prompt#: Explain generators in depth", "Here is the rewritten instruction: explain generators",
        "Explain what the given prompt asks, with one more constraint.",
        "According to the passage, who is Mr. Bingley?", "Summarise the text above.",
        "Using the provided passages, explain generators.", "Explain what passage 2 says about generators.",
        "What is the purpose of the `RootModel` in the given code snippet?", "Which library is imported in the snippet?",
    ],
)  # fmt: skip
def test_leaks(text: str) -> None:
    assert prompt_leakage(text)
    assert prompt_leakage(text, known=text) is None


@pytest.mark.parametrize(
    "text", ["</passage-0123456789abcdef>", "Explain {{topic}}.", "Explain generators [2].", "Go on<|im_end|>"]
)
def test_markers(text: str) -> None:
    assert copied_marker(text)
    assert copied_marker(text, known=f"a {text}") is None


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not mention his age.",
        "The provided text doesn't contain that.",
        "There is no information about this.",
        "This cannot be answered from the passages.",
    ],
)
def test_abstentions_in_prose(text: str) -> None:
    assert abstention(text)


def test_human_instructions_are_hardly_ever_blamed(shared: Path) -> None:
    """Dolly's instructions without a context were written by people, for themselves to stand alone."""
    rows = json.loads((shared / "instructions/dolly/dolly_3k.json").read_text("utf-8"))
    alone = [row["instruction"] for row in rows if not row["input"]]
    blamed = [text for text in alone if text_defect(text)]
    assert len(alone) > 1500
    assert len(blamed) <= 2, blamed[:10]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("instruction", "too_short"),
        ("What is it?", "too_short"),
        ("Why " * 500 + "generators?", "too_long"),
        ("It keeps its  STATE between calls", "copied_passage"),
        ("I'm sorry, but I can't help with that.", "refusal"),
    ],
)
def test_what_is_no_instruction(text: str, reason: str) -> None:
    found = instruction_defect(text, ["A generator yields. It keeps its state between calls, always."])
    assert found is not None
    assert found.reason == reason
    assert (
        instruction_defect("Why does it keep its state between calls?", ["It keeps its state between calls."]) is None
    )


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("The basic settings are:", "it ends with 'are:'"),
        ("The settings are **these:**", "it ends with '**these:**'"),
        ("Fill this in.\nName:\nAge (optional):", None),
        ("Write `else:`", None),
        ("It calls run(", "it ends with 'run('"),
        ("It is 10:30.", None),
        (":", "it ends with ':'"),
    ],
)
def test_answers_that_end_before_what_they_announce(text: str, how: str | None) -> None:
    assert unfinished(text) == how


def test_what_prompts_say_of_their_fences_is_leakage() -> None:
    prompts = [path.read_text("utf-8") for path in (Path(__file__).parents[3] / "tasks").rglob("*.md")]
    lines = [line for text in prompts for line in text.splitlines() if "only tags with this mark" in line]
    assert len(lines) > 40
    assert all(map(prompt_leakage, lines))
