"""What is broken is repaired and written down; what is not broken is not touched."""

import hashlib
import re
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.cleaning import Cleaning, characters, compute
from tasks.cleaning.rules import RULES, clean
from tasks.core import schema
from tasks.core.outcome import Tools
from tasks.text.code import code_spans, is_code_heavy

PROSE = "instruction"


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("Paris.<|im_end|>", "Paris.", "chat_tokens"),
        ("<|im_start|>assistant\nParis.", "Paris.", "chat_tokens"),
        ("[INST] Where? [/INST] Paris.", "Where?  Paris.", "chat_tokens"),
        ("<s>Paris.</s>", "Paris.", "chat_tokens"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nParis.<|eot_id|>", "Paris.", "chat_tokens"),
        ("<｜begin▁of▁sentence｜>Paris.", "Paris.", "chat_tokens"),
        ("### Response:\nParis.", "Paris.", "chat_tokens"),
        (
            "Below is an instruction that describes a task. Write a response.\n\n### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n"
            "### Response:",
            "Add.\n\n1, 2",
            "chat_tokens",
        ),
        ("Fish &amp; chips &lt;3", "Fish & chips <3", "markup"),
        ("One<br>Two<br/>\nThree", "One\nTwo\nThree", "markup"),
        ('<p>See <img src="a.png" alt="A"></p>', "See ![A](a.png)", "markup"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo", "markup"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two", "markup"),
        ("<ol><li>One<ul><li>in it</li></ul></li><li>Two</li></ol>", "1. One\n  - in it\n2. Two", "markup"),
        ("<p>So:</p><pre><code>if a &lt; b:\n    x &amp;= 1\n</code></pre>", "So:\n\n```\nif a < b:\n    x &= 1\n```", "markup"),
        ("Use <code>x &amp;&amp; y</code> here.", "Use `x && y` here.", "markup"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2", "markup"),
        ('<a href="https://x.org/y">There</a>!', "[There](https://x.org/y)!", "markup"),
        ("<h2>Title</h2>Text", "## Title\n\nText", "markup"),
        ("The end.</div>", "The end.", "markup"),
        ("snake\\_case", "snake_case", "markdown"),
        ("Do:\n\npython\nCopy code\nx = 1", "Do:\n\nx = 1", "markdown"),
        ("It is 3 . 14 exactly", "It is 3.14 exactly", "numbers"),
        ("It costs 1 , 000 now", "It costs 1,000 now", "numbers"),
        ("About １２ of them", "About 12 of them", "numbers"),
        ("Itâ€™s a cafÃ© â€” with Â£5 tea", "It’s a café — with £5 tea", "mojibake"),
        ("a cafÃƒÂ© read wrongly twice", "a café read wrongly twice", "mojibake"),
        ("zero\u200bwidth\ufeff and \x07bell", "zerowidth and bell", "invisible"),
        ("\x1b[31mred\x1b[0m", "red", "invisible"),
        ("a  \u202eb", "a  b", "invisible"),
        ("One.\r\nTwo. \nThree.\n\n\n\nFour.\n", "One.\nTwo.\nThree.\n\nFour.", "whitespace"),
        ("\n\n  Paris.", "Paris.", "whitespace"),
        ("non\u00a0breaking", "non breaking", "whitespace"),
        ("cafe\u0301", "café", "unicode"),
    ],
)  # fmt: skip
def test_damage_is_repaired_and_the_rule_named(before: str, after: str, rule: str) -> None:
    cleaned, edits = clean(before, PROSE, RULES)
    assert cleaned == after
    assert rule in [edit.rule for edit in edits]
    assert clean(after, PROSE, RULES) == (after, [])


@pytest.mark.parametrize(
    "text",
    [
        "Use `a < b && c > d` to compare.", "If x < y and y > z then x<z is open.",
        "```python\nif a &lt; b:   \n\n\n\n    return '<br>'\n```", "    def f(x):\n        return x  \n\n\n    f(1)",
        ">>> print('<|im_end|>', '&amp;')", "The token `<|im_end|>` ends a turn.",
        "List<String> names = new ArrayList<>();", "templates: std::vector<int> v; and #include <stdio.h>",
        "Close the <p> there, and see &lt;b&gt; escaped.", "A line with a hard break  \nand the next.",
        "NÃO é Â, São Paulo, CAFÉ, naïve, Ångström", "שלום \u200fעולם", "نمی\u200cخواهم", "👩\u200d👩\u200d👧",
        "x² + y² ≤ z²; 5 × 3", "m<sup>2</sup>", "Tab\tseparated\tvalues", "価格は１２００円です", "1 , 2 , 3 and 4, 500",
        "In 2012 there were 12,000; zip 12345, id 12000-7.", r"A path C:\_x, a formula $a\_b$, a pattern \d\*",
        "## Heading\n\n### Answer to everything", "### Instruction set architectures\nThey differ.", "It **** stops",
        "12,500 people; of 12500 people, half", "10\u202f000", "1\\. One, \\*two\\*", "   *\n  ***\n *****",
    ],
)  # fmt: skip
def test_what_is_not_broken_stays(text: str) -> None:
    assert clean(text, PROSE, RULES) == (text, [])


def test_a_response_ends_where_its_model_goes_on_by_itself() -> None:
    said = "It is 4.\n\n### Instruction:\nAdd 3 and 4.\n\n### Response:\n7"
    assert clean(said, "response", RULES)[0] == "It is 4."
    assert clean("A\n[INST] B [/INST] C", "rejected", RULES)[0] == "A"
    for whole in (
        "Read two numbers.\n\n## Input:\nTwo.\n\n## Output:\nTheir sum.",
        "A\n\n### Instruction:\nB",
        "A\n[INST] B",
    ):
        assert clean(whole, "response", RULES)[0] == ("A\n B" if "INST" in whole else whole)


def test_every_change_is_written_down(examples, tools) -> None:
    outcome = compute(examples({}, {"response": "Sure! It is  Paris.<|im_end|> "}), None, Cleaning(), tools)
    assert outcome.kept.schema.equals(schema.CLEANED)
    assert outcome.kept["response"].to_pylist() == ["It is Paris.", "It is  Paris."]
    assert outcome.kept["changes"].to_pylist() == [
        [],
        ["chat_tokens:response", "whitespace:response", "filler_opening:response"],
    ]
    assert outcome.kept["example_id"].to_pylist() == ["r0", "r1"]
    edits = outcome.kept["edits"].to_pylist()[1]
    assert [edit["rule"] for edit in edits] == ["chat_tokens", "whitespace", "filler_opening"]
    assert edits[0]["before"] == hashlib.sha256(b"Sure! It is  Paris.<|im_end|> ").hexdigest()[:16]
    assert [edit["after"] for edit in edits[:-1]] == [edit["before"] for edit in edits[1:]]
    assert edits[-1]["after"] == hashlib.sha256(b"It is  Paris.").hexdigest()[:16]
    assert outcome.facts == {
        "cleaning": {"rows": 1, "texts": 1, "rules": {"chat_tokens": 1, "filler_opening": 1, "whitespace": 1}}
    }


def test_a_row_of_which_nothing_is_left_is_rejected_as_it_came(examples, tools) -> None:
    said = "Certainly! I'd be happy to help you with that."
    outcome = compute(
        examples({"response": said}, {"instruction": " <|im_end|>"}, {"response": None}), None, Cleaning(), tools
    )
    rejected = outcome.rejected.to_pylist()
    assert [(row["reason"], row["detail"]) for row in rejected] == [
        ("nothing_left", "response, filler_opening"),
        ("nothing_left", "instruction, chat_tokens, whitespace"),
    ]
    assert (rejected[0]["response"], rejected[1]["instruction"]) == (said, " <|im_end|>")
    assert outcome.kept["example_id"].to_pylist() == ["r2"]


def test_rows_about_markup_keep_their_tags(examples, tools) -> None:
    about = {"instruction": "Write an HTML page with a bold title.", "response": "<p>Some <b>soup</b> &amp; bread</p>"}
    other = {"instruction": "What did you eat for lunch today?", "response": "<p>Some <b>soup</b> &amp; bread</p>"}
    kept = compute(examples(about, other), None, Cleaning(), tools).kept
    assert kept["response"].to_pylist() == [about["response"], "Some soup & bread"]


def test_rows_about_chat_templates_keep_their_tokens(examples, tools) -> None:
    row = {"instruction": "How does a chat template end a turn?", "response": "With <|im_end|>, for example."}
    assert compute(examples(row), None, Cleaning(), tools).kept["response"].to_pylist() == [row["response"]]


def test_a_quotation_stays_verbatim(examples, chunks, tools) -> None:
    passage = "He said:  \u00a0no.<br>\nThen   he left. "
    evidence = [{"chunk_id": "c", "start": 0, "end": len(passage)}]
    table = examples({"response": passage, "evidence": evidence}, {"response": passage})
    kept = compute(table, chunks(c=passage), Cleaning(), tools).kept
    assert kept["response"].to_pylist()[0] == passage
    assert kept["response"].to_pylist()[1] != passage
    assert kept["evidence"].to_pylist()[0] == evidence


def test_every_turn_is_cleaned(examples, tools) -> None:
    history = [
        {"role": "user", "content": "Hi<|im_end|>", "name": "x"},
        {"role": "assistant", "content": None, "tool_calls": "[]"},
    ]
    kept = compute(examples({"history": None}, {"history": history}, {"history": []}), None, Cleaning(), tools).kept
    turns = kept["history"].to_pylist()
    assert turns[0] is None
    assert turns[2] == []
    nothing = dict.fromkeys(schema.MESSAGE.names)
    assert turns[1] == [
        nothing | {"role": "user", "content": "Hi", "name": "x"},
        nothing | {"role": "assistant", "tool_calls": "[]"},
    ]
    assert kept["changes"].to_pylist() == [[], ["chat_tokens:history"], []]


def test_a_rule_can_be_turned_off(examples, tools) -> None:
    table = examples({"response": "Paris.<|im_end|> "})
    kept = compute(table, None, Cleaning(chat_tokens=False), tools).kept
    assert (kept["response"][0].as_py(), kept["changes"][0].as_py()) == ("Paris.<|im_end|>", ["whitespace:response"])
    off = compute(table, None, Cleaning(enabled=False), tools)
    assert off.kept["response"].to_pylist() == table["response"].to_pylist()


NOTICE = "This answer was produced by the Example Service and is offered without any warranty at all."


def test_a_paragraph_at_the_end_of_many_responses_is_boilerplate(examples, tools) -> None:
    rows = [
        {"instruction": f"What is {n}?", "response": f"It is {n}.\n\nIt follows {n - 1}.\n\n{NOTICE}"}
        for n in range(20)
    ]
    few = [
        {
            "instruction": f"And {n}?",
            "response": f"Another {n}.\n\nA closing paragraph that is in nineteen rows and no more.",
        }
        for n in range(19)
    ]
    alone = [{"instruction": "What do they say?", "response": NOTICE}]
    kept = compute(examples(*rows, *few, *alone), None, Cleaning(), tools).kept
    responses = kept["response"].to_pylist()
    assert responses[:20] == [f"It is {n}.\n\nIt follows {n - 1}." for n in range(20)]
    assert responses[20:] == [row["response"] for row in [*few, *alone]]
    assert kept["changes"].to_pylist()[0] == ["boilerplate:response"]


def test_the_same_closing_answer_is_no_boilerplate(examples, tools) -> None:
    ending = "So, all in all, the answer is the one with the lemon."
    rows = [{"instruction": f"Question {n}?", "response": f"Reason {n}.\n\n{ending}"} for n in range(30)]
    kept = compute(examples(*rows), None, Cleaning(), tools).kept
    assert kept["response"].to_pylist() == [row["response"] for row in rows]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT, st.sampled_from(["instruction", "response"]))
def test_cleaning_what_is_clean_changes_nothing(text: str, column: str) -> None:
    once, _ = clean(text, column, RULES)
    assert clean(once, column, RULES) == (once, [])


PIECES = [
    *(
        "<br>", "&amp;", "&", "amp;", "lt;", "<|im_end|>", "`", "```\n", "\n", "    x", " ", "â€™", "Ã", "©", "**",
        "<p>", "word",
    ),
    *(
        "\r", "</s>", "<", ">", "</p>", "<pre>", "</pre>", "<ul>", "<li>", "<code>", "</code>", "</li>", "1", "2",
        " . ", ",",
    ),
    *(
        "\\", "_", "### Instruction:", "Copy code", "Sure! ", "I hope this helps!", "000", "[INST]", "&lt;", "\ue000",
        "1. ", "<td>",
    ),
]  # fmt: skip
DAMAGED = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=300)
@given(DAMAGED, st.sampled_from(["instruction", "response"]))
def test_cleaning_damaged_text_twice_changes_nothing_more(text: str, column: str) -> None:
    once, edits = clean(text, column, RULES)
    assert clean(once, column, RULES) == (once, [])
    assert bool(edits) == (once != text)


@given(DAMAGED, st.sampled_from(["instruction", "response"]), st.sampled_from(sorted(RULES)))
def test_a_rule_is_tried_on_every_text_that_it_would_change(text: str, column: str, rule: str) -> None:
    _, edits = clean(text, column, [rule])
    assert (edits[0].after if edits else text) == RULES[rule].repair(text, column)


def test_characters_of_which_normal_form_is_sure_are_in_it_and_join_with_nothing() -> None:
    sure = [chr(code) for code in range(0x10000) if not re.match(characters.UNSURE, chr(code))]
    assert len(sure) > 20_000
    assert all(unicodedata.is_normalized("NFC", sign) and not unicodedata.combining(sign) for sign in sure)
    joined = set("".join(unicodedata.normalize("NFD", chr(code))[1:] for code in range(0x20000)))
    assert joined.isdisjoint(sure)


@given(DAMAGED)
def test_nothing_that_cleaning_would_change_is_overlooked(text: str) -> None:
    """The search over whole columns must find every text that a rule changes."""
    before, after = None, text
    while after != before:
        before = after
        for rule in RULES.values():
            after = rule.repair(after, "response")
    assert clean(text, "response", RULES)[0] == after


def test_the_same_bytes_for_any_number_of_workers(examples, tools) -> None:
    rows = [{"response": f"Sure! Row {n} <br> has 1 , 00{n % 10}."} for n in range(9_000)]
    one = compute(examples(*rows), None, Cleaning(), Tools("a", Path(), workers=1))
    many = compute(examples(*rows), None, Cleaning(), Tools("b", Path(), workers=7))
    assert one.kept.equals(many.kept)


def test_code_is_recognised() -> None:
    text = "Call `f()` like\n\n```python\nf()\n```\nor\n\n    f(1)\n>>> f()\n"
    assert [text[a:b].strip() for a, b in code_spans(text)] == ["`f()`", "```python\nf()\n```", "f(1)", ">>> f()"]
    assert is_code_heavy("```\nx = 1\ny = 2\n```")
    assert is_code_heavy("def f(x):\n    y = x\n    return y\n")
    assert not is_code_heavy("A sentence.\nAnother sentence about `x`.\nA third.")


def test_null_columns_stay_null(examples, tools) -> None:
    kept = compute(
        examples({"system": None, "response": "x <|im_end|>"}, {"response": None}), None, Cleaning(), tools
    ).kept
    assert kept["response"].to_pylist() == ["x", None]
    assert kept["system"].to_pylist() == [None, None]
    assert compute(schema.EXAMPLE.empty_table(), None, Cleaning(), tools).kept.equals(schema.CLEANED.empty_table())


def test_a_line_of_a_megabyte_is_a_text_like_any_other(examples, tools) -> None:
    for sign in ("<", "<p>", "&", "`", "1 . ", "1,", "\\", "Â", "</p", "###", "a ", "\n ", "[INST]"):
        outcome = compute(examples({"response": sign * (1_000_000 // len(sign))}), None, Cleaning(), tools)
        assert outcome.kept.num_rows + outcome.rejected.num_rows == 1


def test_columns_are_arrow_arrays_of_their_types(examples, tools) -> None:
    kept = compute(examples({"response": "Sure! Yes."}), None, Cleaning(), tools).kept
    assert kept["edits"].type == pa.list_(schema.EDIT)
