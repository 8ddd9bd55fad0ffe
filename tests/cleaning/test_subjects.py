"""A row that is about what a rule takes for damage keeps it; a polite phrase that is the answer stays."""

import pytest

from tasks.cleaning import Cleaning, compute
from tasks.cleaning.rules import RULES

EVERY = Cleaning(**dict.fromkeys(RULES, True))


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("What does cafÃ© stand for?", "It is café: the two bytes of é were shown as Ã©."),
        ("My CSV has MÃ¼ller in the name column. What happened?", "Excel took UTF-8 for ANSI."),
        ("What do people see for an apostrophe?", "They see â€™ there."),
        ("Decode the wrong codec: â€œHiâ€\x9d", "“Hi”"),
        ("How do I write a name in snake case without italics?", "Type snake\\_case, with a backslash."),
        ("Tokenise: It costs 3.14.", "It costs 3 . 14 ."),
        ("What are the full-width digits of 2024?", "２０２４"),
        ("Change １２３ to what a keyboard types.", "It is 123."),
        ("Give me the decomposed form of ñ.", "n\u0303"),
        ("Compare u\u0308 and ü.", "They look alike."),
        ("What does the unit look like?", "It is the \u212b, or in Japanese \ufa19."),
        ("Write JavaScript that shows a heart.", "el.innerHTML = '&hearts; &amp; more';"),
        ("Write a comparison in C.", "if (x &lt; y) return x;"),
        ("Write a line of Python with a break.", 'print("One<br>Two")'),
        ("Write a shell command for this.", "curl -s 'https://host.tld/?a=1&amp;b=2' | jq ."),
        ("What does & become in the source of a page?", "There & is &amp; and nothing else."),
        ("Highlight the noun.", 'The <span style="background:yellow">dog</span> ran.'),
        ("ภาษาไทยตัดคำอย่างไร", "ใช้\u200bช่องว่าง\u200bศูนย์"),
        ("What is U+200B?", "The zero width space between a\u200bb."),
        ("What makes the terminal red?", "The sequence \x1b[31m does."),
        ("Give two functions.", "def a():\n    return 1\n\n\n\ndef b():\n    return 2"),
        ("Show a pyramid.", "   *\n  ***\n *****"),
        ("What does French put before a colon?", "It is « ainsi\u00a0: oui\u00a0»."),
        ("What is <|endoftext|>?", "The sign <|endoftext|> separates documents."),
        ("Write an example of an Alpaca training record.", "### Instruction:\nA.\n\n### Response:\nB."),
        ("Write a task for a contest.", "Count.\n\n### Input:\nOne line.\n\n### Output:\nA number."),
        ("Which choices has it?\n\nYes\nNo\nN/A", "Three."),
    ],
)
def test_the_subject_of_a_row_is_no_damage(examples, tools, instruction: str, response: str) -> None:
    outcome = compute(examples({"instruction": instruction, "response": response}), None, EVERY, tools)
    assert outcome.kept.select(["instruction", "response", "changes"]).to_pylist() == [
        {"instruction": instruction, "response": response, "changes": []}
    ]


def test_the_same_signs_elsewhere_are_damage(examples, tools) -> None:
    broken = [
        ("Where is it?", "Itâ€™s there, theyâ€™re open.", "It’s there, they’re open."),
        ("What is it called?", "It is max\\_depth.", "It is max_depth."),
        ("What does it cost?", "It is 3 . 14 now", "It is 3.14 now"),
        ("Who was it?", "Rene\u0301 was.", "René was."),
        ("What is for lunch?", "Fish &amp; chips.", "Fish & chips."),
        ("Where is Rome?", "In\u200b Italy.<|im_end|>", "In Italy."),
    ]
    rows = [{"instruction": asked, "response": said} for asked, said, _ in broken]
    assert compute(examples(*rows), None, EVERY, tools).kept["response"].to_pylist() == [meant for *_, meant in broken]


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Translate: ¡Por supuesto!", "Of course!"),
        ("How do you say 'Avec plaisir' in English?", "Gladly!"),
        ("Put into English: Danke für Ihre Anfrage. Wir melden uns.", "Thank you for your inquiry. We will."),
        ("Say it another way: tell me whether it suits you.", "Let me know if you can come."),
        ("Is water wet?", "Absolutely! It wets what it touches."),
        ("Act as the genie: I wish for gold.", "Certainly! Here is a chest of gold:\n\nfull."),
        ("Thanks!", "You're welcome!"),
        ("ok", "Is there anything else I can help you with?"),
    ],
)
def test_a_phrase_that_is_the_answer_is_no_filler(examples, tools, instruction: str, response: str) -> None:
    kept = compute(examples({"instruction": instruction, "response": response}), None, Cleaning(), tools).kept
    assert kept["response"].to_pylist() == [response]


def test_numbers_are_left_alone_unless_a_recipe_asks(examples, tools) -> None:
    row = {"instruction": "What does it cost?", "response": "It is 3 . 14 now"}
    assert compute(examples(row), None, Cleaning(), tools).kept["response"].to_pylist() == [row["response"]]
