"""One word out of several: how likely each was comes from the server, is journalled, and is the same when replayed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.teachers import Completion, TeacherSettings, damage, open_teacher
from tasks.teachers.choices import alternatives, chosen, probabilities
from tasks.teachers.exchange import call_of, digest_of
from tests.servers.models import ModelServer
from tests.servers.wire import Reply
from tests.teachers.asked import question, settings_for, texts

YES_NO = ("yes", "no")


def one(server: ModelServer, tools: Tools, provider: str = "openai", **more: object) -> Completion:
    with open_teacher(settings_for(server, provider), tools) as teacher:
        (answer,) = teacher.ask([question("Is it so?", **({"choices": YES_NO} | more))])
    assert isinstance(answer, Completion)
    return answer


def test_the_probabilities_of_a_words_spellings_add_up_and_are_replayed(
    model_server: ModelServer, tools: Tools
) -> None:
    likely = {"Yes": 0.5, " yes": 0.1, "No": 0.2, "Maybe": 0.2}
    model_server.reply = lambda _: Reply("Yes", likely=likely)
    first = one(model_server, tools)
    assert first.probabilities == pytest.approx({"yes": 0.75, "no": 0.25})
    again = one(model_server, tools)
    assert (again.probabilities, again.replayed, model_server.requests) == (first.probabilities, True, 1)
    assert damage(tools.store_root) == []


def test_a_request_without_choices_asks_for_no_probabilities_and_keeps_its_hash(
    model_server: ModelServer, tools: Tools
) -> None:
    answer = one(model_server, tools, choices=())
    assert answer.probabilities is None
    assert "logprobs" not in model_server.seen[0].body
    settings = TeacherSettings(provider="openai", model="m")
    hashes = {
        digest_of("openai", "", call_of(question("q", choices=words), settings)) for words in ((), YES_NO, ("a", "b"))
    }
    assert len(hashes) == 3
    before = "8c1c3d47b27052abfce9c470b97e0d357fb365270bcb5bf27898e14791dacf4f"
    assert digest_of("openai", "", call_of(question("q"), settings)) == before


def test_an_answer_cut_off_behind_its_word_is_taken(model_server: ModelServer, tools: Tools) -> None:
    model_server.reply = lambda _: Reply("No, since", finish="length", likely={"No": 0.9, "Yes": 0.1})
    assert one(model_server, tools, max_tokens=3).probabilities == pytest.approx({"yes": 0.1, "no": 0.9})
    assert model_server.requests == 1


def test_a_server_without_log_probabilities_still_answers(model_server: ModelServer, tools: Tools) -> None:
    def answer(seen):
        if "logprobs" in seen.body:
            return Reply(
                status=400, error="unsupported_parameter", message="'logprobs' is not supported with this model"
            )
        return Reply("yes")

    model_server.reply = answer
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        found = [teacher.ask([question("Is it so?", choices=YES_NO, sample=n)])[0] for n in range(2)]
    assert texts(found) == ["yes", "yes"]
    assert [answer.probabilities for answer in found if isinstance(answer, Completion)] == [None, None]
    assert model_server.requests == 3  # what it lacks is learnt once


def test_anthropic_has_none(model_server: ModelServer, tools: Tools) -> None:
    model_server.reply = lambda _: Reply("Yes.", likely={"Yes": 1.0})
    found = one(model_server, tools, "anthropic")
    assert (found.text, found.probabilities) == ("Yes.", None)


@given(st.dictionaries(st.sampled_from(["yes", "Yes", " no", "NO", "perhaps", "<think>"]), st.floats(0.001, 1.0)))
def test_probabilities_add_up_to_one_or_are_not_known(shares: dict[str, float]) -> None:
    found = probabilities(YES_NO, [(token, math.log(share)) for token, share in shares.items()])
    assert found is None or sum(found.values()) == pytest.approx(1)


@given(
    st.recursive(
        st.none() | st.floats() | st.integers(-(10**400), 10**400) | st.text(st.characters()),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["content", "top_logprobs", "token", "logprob"]), inner)
        ),
        max_leaves=20,
    )
)
def test_whatever_a_server_sends_as_log_probabilities_is_read_or_left(sent: object) -> None:
    listed = {
        "content": [{"token": "yes", "top_logprobs": [{"token": sent, "logprob": -1}, {"token": "a", "logprob": sent}]}]
    }
    for logprobs in (sent, listed):
        assert all(token.encode() is not None and math.isfinite(value) for token, value in alternatives(logprobs))


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Yes", "yes"), ("**No**, it", "no"), ("yesterday", None), ("I say yes", None), ("", None), ("No.", "no")],
)
def test_the_first_word_is_the_answer(text: str, choice: str | None) -> None:
    assert chosen(text, YES_NO) == choice
