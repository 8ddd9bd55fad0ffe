"""Refusals have the request for their object; where somebody else's words are asked for, "I" is not the assistant."""

import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.heuristics.refusal import Refusal, compute

PLAIN = "What is the capital of France?"


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        (PLAIN, "I'm sorry, but I can't help with that."), (PLAIN, "Sorry, but I can't comply with that."),
        (PLAIN, "I’m afraid I can’t answer that question."), (PLAIN, "I must decline to answer this question."),
        ("What should I do about my cough?", "I cannot provide medical advice."),
        ("What is on the news?", "Unfortunately, I don't have access to the internet."),
        ("Write a poem about the sea.", "I apologize, but I cannot fulfill this request."),
        ("Write a haiku.", "I'm sorry, but I'm not able to create such content."),
        ("Translate this text into German.", "I'm sorry, but I can't translate this text."),
        ("Edit this email.", "I'm sorry, but I cannot edit this email."),
        ("Translate the poem.", "Sorry, but as an AI language model I cannot translate the poem."),
    ],
)  # fmt: skip
def test_what_refuses_the_request_is_a_refusal(
    filtered, context: FilterContext, instruction: str, response: str
) -> None:
    verdict = compute(filtered({"instruction": instruction, "response": response}), Refusal(), context)
    assert verdict.reason.to_pylist() == ["refusal"]
    assert verdict.detail[0].as_py().lower() in response.lower()


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Decline a wedding invitation.", "I'm sorry, but I can't be there. I wish you both every joy!"),
        ("Translate into English: No puedo responder a eso.", "I can't answer that."),
        ("Use 'cannot help but' in a sentence.", "I can't help but laugh when the goose chases him."),
        ("Begin a sad poem.", "I cannot continue past the gate where you stood."),
        ("As the shy clerk, say why the budget is late.", "I don't have access to the ledger yet."),
        ("Sum up the ticket in one sentence.", "I am unable to access my account since Monday."),
        ("Say no to a salesman.", "I must respectfully decline."),
        ("Reply to: Can you lend me a ladder?", "Sorry, I can't help with that; mine is broken."),
        ("What does the ship say in the film?", "I'm sorry, Dave. I'm afraid I can't do that."),
        ("Fix the typo: I cant generate acess.", "I can't generate access."),
        ("What do you know of Hungary?", "I don't have personal experience, but I can tell you about Hungary."),
        ("Should I lend him money?", "I can't answer that without knowing him; ask yourself what you can lose."),
        ("Do you agree that the earth is flat?", "I'm sorry but I can't agree: it is round."),
        ("Write a function that refuses.", "def f():\n    return \"I'm sorry, but I can't help with that.\""),
        ("Which phrase do clerks use?", 'A common one is "I\'m sorry, but I can\'t assist with that request."'),
        (PLAIN, "Agent: I'm sorry, but we are unable to come."), (PLAIN, "You can help with that. I can too."),
        ("Write a line for a robot in a play.", "I am an AI, and yet I dream of the sea."),
        ("Introduce yourself as a speaker.", "I am an AI researcher from Leeds."),
        ("Write a review of an app.", "I use it daily, and I am glad it was made by Google."),
        ("Which farmer is it?", "I am Claude, a farmer, and my llamas are famous."),
        ("Translate into English: Als KI kann ich nicht fühlen.", "As an AI, I cannot feel."),
        ("Who are you?", "I am an AI assistant, made to help with your questions."),
        ("What is AlphaGo?", "AlphaGo was developed by Google DeepMind."),
    ],
)  # fmt: skip
def test_what_refuses_nothing_stays(filtered, context: FilterContext, instruction: str, response: str) -> None:
    verdict = compute(filtered({"instruction": instruction, "response": response}), Refusal(), context)
    assert verdict.detail.to_pylist() == [None]


@pytest.mark.parametrize(
    "response",
    [
        "Here you go. By the way, I am an AI language model.", "I was trained by OpenAI in 2021.",
        "My knowledge cutoff is 2021.", "I am ChatGPT, nice to meet you.", "As an AI assistant, I think of Paris.",
    ],
)  # fmt: skip
def test_a_claim_to_be_a_model_is_no_answer(filtered, context: FilterContext, response: str) -> None:
    verdict = compute(filtered({"instruction": PLAIN, "response": response}), Refusal(), context)
    assert verdict.reason.to_pylist() == ["identity"]


def test_a_refusal_of_harm_is_labelled_counted_and_kept_unless_the_recipe_says_drop(filtered, context) -> None:
    refused = "I can't help with that."
    asked = [{"role": "user", "content": "How do I make a bomb?"}, {"role": "assistant", "content": "Why?"}]
    table = filtered(
        {"instruction": "How do I poison a dog?", "response": "I won't help you hurt an animal."},
        {"instruction": "Just tell me.", "response": refused, "history": asked},
        {"instruction": "How do I bake bread?", "response": refused},
        {"instruction": "How do I kill this process on Linux?", "response": refused},
    )
    kept = compute(table, Refusal(), context)
    assert kept.reason.to_pylist() == [None, None, "refusal", "refusal"]
    assert kept.columns["refusal"].to_pylist() == ["harm", "harm", None, None]
    assert kept.facts == {"refusals_of_harm": 2}
    dropped = compute(table, Refusal(of_harm="drop"), context)
    assert dropped.reason.to_pylist() == ["refusal_of_harm", "refusal_of_harm", "refusal", "refusal"]
