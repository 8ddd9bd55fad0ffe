"""Headings that ask, answered by the text beneath: what becomes a row, how it is asked, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.question_headings import QuestionHeadings, propose
from tests.generation.from_documents.documents import chunks_of

ANSWER = "Interest is calculated on the daily balance of the account and credited to it on the last day of each month."
STEPS = (
    "1. Open the settings of your account.\n2. Click **Keys** and then **New key**.\n3. Copy the key to a safe place."
)


def rows(folder: Path, *documents: str, **params: Any) -> list[dict[str, Any]]:
    chunks = chunks_of(folder, {f"{number}.md": text for number, text in enumerate(documents)})
    return propose(chunks, QuestionHeadings.model_validate(params))


def test_a_question_is_answered_by_the_text_beneath_and_says_what_it_is_about(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, f"# FAQ: Gold Account\n\n## How is interest calculated? {{#interest}}\n\n{ANSWER}\n")
    assert re.sub(
        r"[:.]? ?(I have a question about|I'm asking about|Regarding)? ?(the )?Gold Account[:.]?",
        "",
        row["instruction"],
    )
    assert "how is interest calculated?" in row["instruction"].lower()
    assert "Gold Account" in row["instruction"]
    assert (row["response"], row["origin"], row["method"]) == (ANSWER, "human", "question_headings")
    assert "{#" not in row["instruction"]


def test_the_subject_may_stand_before_the_question_and_this_account_has_a_name(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, f"# Gold Account: Does this account earn interest?\n\nYes. {ANSWER}\n")
    assert row["instruction"] == "Does the Gold Account earn interest?"


def test_a_question_with_a_name_stands_alone_and_the_product_is_the_recipes(tmp_path: Path) -> None:
    text = f"# How to add webhooks to GitHub\n\n{STEPS}\n"
    assert [row["instruction"] for row in rows(tmp_path, text)] == ["How do I add webhooks to GitHub?"]
    named = rows(tmp_path, text, product="Acme")
    assert [row["instruction"] for row in named] == ["How do I add webhooks to GitHub in Acme?"]


def test_headings_below_a_question_are_parts_of_its_answer(tmp_path: Path) -> None:
    (row,) = rows(
        tmp_path, f"# How do I create an API key?\n\n{ANSWER}\n\n## In the app\n\n{STEPS}\n\n## Need help?\n\nAsk us.\n"
    )
    assert row["response"] == f"{ANSWER}\n\n**In the app**\n\n{STEPS}"
    assert len(row["evidence"]) == 4


def test_code_stands_between_fences(tmp_path: Path) -> None:
    asked = "# How do I install Acme on Linux?\n\nInstall it with the package manager of the distribution, then run it once:\n\n"
    (row,) = rows(tmp_path, f"{asked}```sh\napt install acme\nacme init\n```\n")
    assert row["response"].endswith("run it once:\n\n```\napt install acme\nacme init\n```")


@pytest.mark.parametrize(
    "faq",
    [
        f"**How is interest calculated?**\n\n{ANSWER}\n\n**When is interest paid to me?**\n\n{ANSWER}",
        f"Q: How is interest calculated?\nA: {ANSWER}\n\nQ: When is interest paid to me?\nA: {ANSWER}",
        f"<details>\n<summary>How is interest calculated?</summary>\n\n{ANSWER}\n\n</details>\n\n"
        f"When is interest paid to me?\n\n{ANSWER}",
    ],
)
def test_questions_of_a_faq_that_are_no_headings(tmp_path: Path, faq: str) -> None:
    made = rows(tmp_path, f"# FAQ: Gold Account\n\n{faq}\n")
    assert len(made) == 2
    assert {row["response"] for row in made} == {ANSWER}


@pytest.mark.parametrize(
    "section",
    [
        "## Need more help?\n\n" + ANSWER,
        "## Have you cleared your cache?\n\n" + ANSWER,  # put to the reader
        "## Does the name match exactly?\n\n" + ANSWER,  # no yes or no follows
        "## How does it work?\n\n" + ANSWER,
        "## How is interest calculated?\n\nAs described above, it depends on the account.",
        "## How is interest calculated?\n\nSee the documentation of interest for the details of it all.",
        "## How is interest calculated?\n\nInterest is calculated with the following formula of the bank:",
        "## How is interest calculated?\n\nI think that my bank does this every day, and I have asked my friends about it.",
        "## How is interest calculated?\n\nInterest is [value not available] percent of the balance on the day it is paid.",
        "## How is interest calculated?\n\nDaily.",
        "## How is interest calculated?\n\n- Savings\n- Checking\n- Cards\n- Loans and more\n- All other accounts\n- Coins",
    ],
)
def test_what_leans_on_something_else_gives_no_row(tmp_path: Path, section: str) -> None:
    assert rows(tmp_path, f"# Gold Account\n\n{section}\n") == []


def test_a_sentence_that_only_sends_elsewhere_is_left_out(tmp_path: Path) -> None:
    (row,) = rows(
        tmp_path, f"# Gold Account\n\n## How is interest calculated?\n\n{ANSWER} For more details, see the terms.\n"
    )
    assert row["response"] == ANSWER


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("1. How to create your first key", "How do I create my first key?"),
        ("How overdraft transfer fees work", "How do overdraft transfer fees work?"),
        ("How interest is calculated", "How is interest calculated?"),
        ("When to use a funnel", "When should I use a funnel?"),
        ("What counts toward the limit", "What counts toward the limit?"),
        ("How to set up user", ""),  # nobody says so
        ("What's next?", ""),
        ("Where can I find us?", ""),
        ("Why it matters", ""),
        ("When fees do not apply", ""),
        ("Fees", ""),
    ],
)
def test_headings_that_ask(heading: str, question: str) -> None:
    assert questions.question_of(questions.cleaned(heading)) == question


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Creating an API key", "How do I create an API key?"),
        ("Set up and manage payments", "How do I set up and manage payments?"),
        ("Step 3: Create a key", ""),
        ("Run the pipeline", ""),
        ("Get started", ""),
        ("Pricing and plans", ""),
    ],
)
def test_headings_that_name_a_task(heading: str, question: str) -> None:
    assert questions.task_of(questions.cleaned(heading)) == question


def test_a_task_needs_its_steps(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, f"# Acme\n\n## Create an API key\n\n{STEPS}\n")
    assert (row["expects"], row["response"]) == ("steps", STEPS)
    assert rows(tmp_path, f"# Acme\n\n## Create an API key\n\n{ANSWER}\n") == []


def test_a_title_in_title_case_becomes_a_sentence_and_names_stay() -> None:
    text = "Anyone can create a virtual card with Stripe."
    assert (
        questions.sentence_case("How to Create a Virtual Card with Stripe", text)
        == "How to create a virtual card with Stripe"
    )


@pytest.mark.parametrize(
    ("title", "path", "subject"),
    [
        ("FAQ: Gold Account", "faq.md", "Gold Account"),
        ("Understanding foreign ATM fees", "fees.md", "foreign ATM fees"),
        ("BNPL Diamond: Integrating with accounting tools", "x.md", "BNPL Diamond"),
        ("Setup", "x.md", ""),
        ("Chapter 3", "x.md", ""),
        ("Tickets, record 5", "tickets.csv", ""),
        ("Notes 3", "notes-3.txt", ""),  # the file's name
    ],
)
def test_what_a_document_is_about(title: str, path: str, subject: str) -> None:
    assert subjects.subject_of((), title, path) == subject


SECTIONS = st.sampled_from(
    [
        f"## How is interest calculated?\n\n{ANSWER}",
        f"## Create an API key\n\n{STEPS}",
        "## Fees\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        f"## Why is it slow?\n\n```py\nx = 1\n```\n\n{ANSWER}\n\n### Tips\n\n- one\n- two",
        "import X from 'y';\n\n<Tabs a={[1]}>\n\n:::tip Title\n\nIs this text?\n\n:::",
    ]
)
DOCUMENTS = st.lists(
    st.lists(SECTIONS, min_size=1, max_size=4).map(lambda parts: "# Acme\n\n" + "\n\n".join(parts)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(DOCUMENTS)
def test_evidence_stands_in_its_chunk_and_no_other_document_matters(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    documents = {f"{number}.md": f"{text}\n\nNumber {number}." for number, text in enumerate(texts)}
    chunks = chunks_of(tmp_path_factory.mktemp("docs"), documents)
    passages = dict(zip(chunks["chunk_id"].to_pylist(), chunks["text"].to_pylist(), strict=True))
    made = propose(chunks, QuestionHeadings())
    for row in made:
        pieces = [passages[span["chunk_id"]][span["start"] : span["end"]] for span in row["evidence"]]
        said = re.sub(r"```\n|\n```|\*\*[^*\n]+\*\*\n", "", row["response"])
        assert [" ".join(piece.split()) in " ".join(said.split()) for piece in pieces] == [True] * len(pieces)
        assert not re.search(r":::|import |<Tabs|\{#", row["instruction"] + row["response"])
    alone = chunks_of(tmp_path_factory.mktemp("one"), dict([next(iter(documents.items()))]))
    assert propose(alone, QuestionHeadings()) == made[: len(propose(alone, QuestionHeadings()))]
    turned = chunks.take(sorted(range(chunks.num_rows), key=lambda i: (chunks["document_id"][i].as_py(), i)))
    assert sorted(map(str, propose(turned, QuestionHeadings()))) == sorted(map(str, made))
