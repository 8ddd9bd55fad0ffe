"""What is broken is repaired; what is not broken is not touched."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.code import code_spans, is_code_heavy
from tasks.filters.formatting import Formatting, clean, judge
from tasks.filters.verdict import Context

ON = Formatting()


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("Paris.<|im_end|>", "Paris.", "chat_tokens"),
        ("<|im_start|>assistant\nParis.", "Paris.", "chat_tokens"),
        ("[INST] Where? [/INST] Paris.", "Where?  Paris.", "chat_tokens"),
        ("<s>Paris.</s>", "Paris.", "chat_tokens"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nParis.<|eot_id|>", "Paris.", "chat_tokens"),
        ("### Response:\nParis.", "Paris.", "chat_tokens"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3", "markup"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree", "markup"),
        ("<p>One</p><p>Two</p>", "One\nTwo", "markup"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One- Two", "markup"),
        ("It **** stops", "It  stops", "markup"),
        ("Itâ€™s a cafÃ© â€” with Â£5 tea", "It’s a café — with £5 tea", "mojibake"),
        ("zero\u200bwidth\ufeff and \x07bell", "zerowidth and bell", "invisible"),
        ("\x1b[31mred\x1b[0m", "red", "invisible"),
        ("a  \u202eb", "a  b", "invisible"),
        ("One.\r\nTwo. \nThree.\n\n\n\nFour.\n", "One.\nTwo.\nThree.\n\nFour.", "whitespace"),
        ("\n\n  Paris.", "Paris.", "whitespace"),
        ("non\u00a0breaking", "non breaking", "whitespace"),
        ("cafe\u0301", "café", "unicode"),
    ],
)
def test_damage_is_repaired_and_the_rule_named(before: str, after: str, rule: str) -> None:
    cleaned, rules = clean(before, ON)
    assert cleaned == after
    assert rule in rules


@pytest.mark.parametrize(
    "text",
    [
        "Use `a < b && c > d` to compare.",
        "If x < y and y > z then x<z is open.",
        "```python\nif a &lt; b:   \n\n\n\n    return '<br>'\n```",
        "    def f(x):\n        return x  \n\n\n    f(1)",
        ">>> print('<|im_end|>', '&amp;')",
        "The token `<|im_end|>` ends a turn.",
        "List<String> names = new ArrayList<>();",
        "templates: std::vector<int> v; and #include <stdio.h>",
        "A line with a hard break  \nand the next.",
        "NÃO é Â, São Paulo, CAFÉ, naïve, Ångström",
        "שלום \u200fעולם",
        "نمی\u200cخواهم",
        "👩\u200d👩\u200d👧",
        "x² + y² ≤ z²; 5 × 3",
        "m<sup>2</sup>",
        "Tab\tseparated\tvalues",
    ],
)
def test_what_is_not_broken_stays(text: str) -> None:
    assert clean(text, ON) == (text, [])


def test_rows_about_markup_keep_their_tags(filtered, context: Context) -> None:
    about = {"instruction": "Write an HTML page with a bold title.", "response": "<p>Some <b>bold</b> &amp; plain</p>"}
    other = {"instruction": "What did you eat for lunch today?", "response": "<p>Some <b>bold</b> &amp; plain</p>"}
    table = filtered(about, other)
    verdict = judge(table, ON, context)
    assert verdict.columns["response"].to_pylist() == [about["response"], "Some bold & plain"]
    assert verdict.columns["changes"].to_pylist() == [[], ["markup:response", "whitespace:response"]]


def test_a_quotation_stays_verbatim(filtered, chunks, tools) -> None:
    passage = "He said:  \u00a0no.<br>\nThen   he left. "
    evidence = [{"chunk_id": "c", "start": 0, "end": len(passage)}]
    table = filtered({"response": passage, "evidence": evidence}, {"response": passage})
    verdict = judge(table, ON, Context(chunks(c=passage), tools))
    assert verdict.columns["response"].to_pylist()[0] == passage
    assert verdict.columns["response"].to_pylist()[1] != passage


def test_every_turn_is_cleaned(filtered, context: Context) -> None:
    history = [
        {"role": "user", "content": "Hi<|im_end|>", "name": "x"},
        {"role": "assistant", "content": None, "tool_calls": "[]"},
    ]
    table = filtered({"history": None}, {"history": history}, {"history": []})
    verdict = judge(table, ON, context)
    turns = verdict.columns["history"].to_pylist()
    assert turns[0] is None
    assert turns[2] == []
    assert turns[1] == [
        {"role": "user", "content": "Hi", "name": "x", "tool_calls": None},
        {"role": "assistant", "content": None, "name": None, "tool_calls": "[]"},
    ]
    assert verdict.columns["changes"].to_pylist() == [[], ["chat_tokens:history"], []]


def test_a_rule_can_be_turned_off() -> None:
    assert clean("Paris.<|im_end|> ", Formatting(chat_tokens=False)) == ("Paris.<|im_end|>", ["whitespace"])


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.booleans())
def test_cleaning_what_is_clean_changes_nothing(text: str, about_markup: bool) -> None:
    once, _ = clean(text, ON, about_markup)
    assert clean(once, ON, about_markup) == (once, [])


@pytest.mark.parametrize(
    "text", ["One \nTwo", "One\t\nTwo", "One\n\n\n\nTwo", "One\rTwo", " One", "One ", "a\u2060b", "\u212b", "Â\u00a0x"]
)
def test_every_kind_of_damage_is_noticed_in_a_whole_column(filtered, context: Context, text: str) -> None:
    columns = judge(filtered({"response": text}), ON, context).columns
    assert columns["response"][0].as_py() == clean(text, ON)[0] != text


PIECES = [
    "<br>",
    "&amp;",
    "&",
    "amp;",
    "lt;",
    "<|im_end|>",
    "`",
    "```\n",
    "\n",
    "    x",
    " ",
    "â€™",
    "Ã",
    "©",
    "**",
    "<p>",
    "word",
    "\r",
    "</s>",
    "<",
    ">",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_cleaning_damaged_text_twice_changes_nothing_more(text: str) -> None:
    once, rules = clean(text, ON)
    assert clean(once, ON) == (once, [])
    assert bool(rules) == (once != text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_nothing_that_cleaning_would_change_is_overlooked(filtered, tools, text: str) -> None:
    """The search over the whole column must find every text that cleaning changes."""
    table = filtered({"instruction": "Say it.", "response": text})
    columns = judge(table, ON, Context(None, tools)).columns
    after = columns["response"][0].as_py() if "response" in columns else text
    assert after == clean(text, ON)[0]


def test_code_is_recognised() -> None:
    text = "Call `f()` like\n\n```python\nf()\n```\nor\n\n    f(1)\n>>> f()\n"
    assert [text[a:b].strip() for a, b in code_spans(text)] == ["`f()`", "```python\nf()\n```", "f(1)", ">>> f()"]
    assert is_code_heavy("```\nx = 1\ny = 2\n```")
    assert is_code_heavy("def f(x):\n    y = x\n    return y\n")
    assert not is_code_heavy("A sentence.\nAnother sentence about `x`.\nA third.")


def test_null_columns_stay_null(filtered, context: Context) -> None:
    verdict = judge(filtered({"system": None, "response": "x <|im_end|>"}, {"response": None}), ON, context)
    assert isinstance(verdict.columns["response"], pa.Array)
    assert verdict.columns["response"].to_pylist() == ["x", None]
    assert "system" not in verdict.columns
