import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.reasons import REASONS
from tasks.generation.from_rows.evol_instruct import METHOD
from tasks.generation.from_rows.evol_instruct.elimination import NEAR_EQUAL, answer_given, eliminate, similarity

BEFORE = "Explain what a generator does in Python."


@pytest.mark.parametrize(
    ("after", "reason", "detail"),
    [
        ("", "empty", "instruction"),
        ("?! the of and", "empty", "instruction"),
        ("I'm sorry, but I can't rewrite this.", "refusal", "I'm sorry"),
        ("#Rewritten Prompt#: Explain generators and coroutines deeply", "prompt_leakage", "#Rewritten Prompt#"),
        (BEFORE + " There are no passages: whoever answers knows.", "prompt_leakage", "There are no passages"),
        ("<instruction-0123456789abcdef> Explain generators", "copied_marker", "<instruction-0123456789abcdef>"),
        ("Explain what a generator does in Python [1], with memory usage.", "copied_marker", "[1]"),
        (BEFORE, "near_equal", "1.00"),
        ("explain  what a GENERATOR does in Python!", "near_equal", "1.00"),
        ("In Python, what is it that a generator does? Explain it.", "no_gain", "0 new content words"),
        ("Python coroutines, briefly?", "no_gain", "shrank from 7 to 3 words"),
        ("What do generators yield in Python? How fast? Since when? Who wrote them?", "many_questions", "4 questions"),
        (BEFORE + " Mind closures" + " and again" * 100, "too_long", "instruction: 209 words"),
    ],
)
def test_failed_evolutions(after: str, reason: str, detail: str) -> None:
    assert eliminate(BEFORE, after) == (reason, detail)
    assert reason in {*REASONS, *METHOD.reasons}


@pytest.mark.parametrize(
    "after",
    [
        "Explain what a generator does in Python, and when its memory use beats that of a list.",
        "Compare how a generator and a list comprehension consume memory in Python when only some items are needed.",
        "Given `def f(): yield 1`, say what `next(f())` returns, and what a second call would raise.",
    ],
)
def test_good_evolutions_stand(after: str) -> None:
    assert eliminate(BEFORE, after) is None


@pytest.mark.parametrize(
    ("before", "answer", "after", "given"),
    [
        ("What is the capital of France?", "It is Paris.", "Describe why Paris is the capital of France.", "paris"),
        ("Name a cheese of Italy.", "Gorgonzola", "Name a cheese of Italy that melts well on bread.", None),
        ("Is this good or bad: I like it.", "good", "Is this good, bad or neither: I like it a little.", None),
        ("List three oceans.", "Atlantic, Pacific, Indian", "Why is the Atlantic saltier than the Pacific?", None),
        ("What is a hadron?", "", "What is a hadron, and which of them are stable?", None),
    ],
)
def test_evolutions_that_hold_the_answer_before(before: str, answer: str, after: str, given: str | None) -> None:
    assert answer_given(before, answer, after) == (given and ("answer_given", given))


def test_breadth_may_be_shorter() -> None:
    assert eliminate(BEFORE, "Describe coroutine scheduling.") == ("no_gain", "shrank from 7 to 3 words")
    assert eliminate(BEFORE, "Describe coroutine scheduling.", breadth=True) is None


def test_what_the_instruction_already_held_is_not_held_against_it() -> None:
    before = "Explain what the reference [1] says about the given prompt."
    assert eliminate(before, before + " Name two consequences for shell users.") is None


def test_near_equality_is_a_threshold() -> None:
    after = BEFORE + " Briefly sketch."
    assert 0.8 < similarity(BEFORE, after) < NEAR_EQUAL
    assert eliminate(BEFORE, after) is None
    assert eliminate(BEFORE, after, near_equal=0.8) == ("near_equal", f"{similarity(BEFORE, after):.2f}")


@given(st.text())
def test_an_unchanged_instruction_never_stands(text: str) -> None:
    assert eliminate(text, text) is not None
    assert eliminate(text, f"  {text}\n", breadth=True) is not None


@given(st.text(), st.text())
def test_every_pair_has_a_verdict_from_the_vocabulary(before: str, after: str) -> None:
    failed = eliminate(before, after)
    assert failed is None or failed.reason in REASONS
    assert 0 <= similarity(before, after) <= 1


@given(
    st.text(alphabet="abc defgh.", min_size=1, max_size=80),
    st.sampled_from(["[1]", "{{slot}}", "</passage-0a1b2c3d4e5f6071>"]),
)
def test_a_marker_is_found_wherever_it_stands(text: str, marker: str) -> None:
    failed = eliminate("Explain generators.", f"Explain closures {text} {marker}")
    assert failed is not None
    assert failed.reason in ("copied_marker", "refusal")
