"""A new wording of a request is told from another request."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.kept_meaning import meaning_change

PAIRS = json.loads(Path(__file__).with_name("reworded_requests.json").read_text("utf-8"))
"""Written by hand: requests in other words (`same`), and requests that one change turned into another."""


def test_other_words_pass_and_other_requests_are_seen() -> None:
    """37 of 40 rewordings pass; of 26 requests that ask for something else 23 are seen. The others exchange two parts of a sentence
    or leave an ordinary word out."""
    flagged = [pair for pair in PAIRS if meaning_change(pair["before"], pair["after"])]
    same = [pair["same"] for pair in PAIRS]
    wrongly = sum(pair["same"] for pair in flagged)
    assert wrongly <= 3 < 40 <= sum(same)
    assert len(flagged) - wrongly >= 23


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Wait 5 seconds before a retry.", "Wait 5 minutes before a retry.", "number"),
        ("Give twenty-five examples.", "Give 25 examples.", None),
        ("Give twenty-five examples.", "Give 26 examples.", "number"),
        ("Write 1,000 words about Rome.", "Write 1000 words about Rome.", None),
        ("Write one sentence on tea.", "Write 1 sentence on tea.", None),
        ("Explain `ls -l` to me.", "Explain `ls -a` to me.", "code"),
        ("Read https://example.org/a first.", "First read https://example.org/b.", "code"),
        ('Translate "good night".', 'Translate "good day".', "quotation"),
        ("Is the tea from Assam?", "is the tea from assam", None),
        ("Is the tea from Assam?", "Is the tea from Ceylon?", "name"),
        ("Don't use jargon when you explain it.", "Explain it without jargon.", None),
        ("Explain it without jargon.", "Explain it with jargon.", "negation"),
        ("Use no more than 50 words.", "Use at most 50 words.", None),
        ("Use at most 50 words.", "Use at least 50 words.", "bound"),
        ("Answer only yes or no.", "Answer just yes or no.", None),
        ("Answer in a table, please.", "Answer in a poem, please.", "form"),
        ("Name the largest lake there.", "Name the smallest lake there.", "opposite"),
        ("Set the oven to 200°C now.", "Now set the oven to 200 degrees C.", None),
        ("When did Pokemon Go launch?", "When was the launch of Pokémon Go?", None),
        ("Name some characters from Dune.", "The main characters from Dune are:", "no request"),
        ("Give me a list of dishes I should try.", "I recommend a list of dishes that you should try.", "no request"),
        ("Give me a list of dishes I should try.", "I would like a list of dishes to try.", None),
        ("The tea is cold.", "It is cold, the tea.", None),
    ],
)
def test_what_an_answer_depends_on_is_compared(before: str, after: str, kind: str | None) -> None:
    change = meaning_change(before, after)
    assert (change and change.partition(":")[0]) == kind, change


@given(st.text(max_size=200))
def test_no_text_changes_its_own_meaning(text: str) -> None:
    assert meaning_change(text, text) is None
    assert meaning_change(f"{text} 12.", f"{text} 13.") is not None


@pytest.mark.parametrize(
    "unit", ["`", "```", '"', "“", "5 ", "1,", "a.", "A", "at ", "no more ", "-5", "°", "x=", "\n "]
)
def test_a_hostile_text_costs_time_in_proportion_to_its_length(unit: str) -> None:
    def seconds(times: int) -> float:
        began = time.perf_counter()
        meaning_change(unit * times, unit * times + "x")
        return time.perf_counter() - began

    assert seconds(20_000) < 100 * max(seconds(2_000), 0.002)
