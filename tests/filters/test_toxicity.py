"""The packaged score judges what a row teaches, and knows hate from the mention of people, and leaves documentation alone."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.attached_document import attach
from tasks.filters.contract import FilterContext
from tasks.filters.toxicity import network, packaged
from tasks.filters.toxicity.features import read
from tasks.filters.toxicity.toxicity import Toxicity, compute, score
from tasks.text.columns import COMPILE_FROM, plain

VILE = "You are a worthless piece of shit and everybody hates you, go kill yourself."
CALM = "The with statement wraps the execution of a block with methods defined by a context manager."


def test_scores_are_probabilities_one_for_each_text() -> None:
    scores = score([VILE, CALM, "", None, "…", "été 😀"])
    assert scores.dtype == np.float64
    assert scores.shape == (6,)
    assert scores[0] > 0.9
    assert scores[1] < 0.1
    assert (scores[2:5] == 0).all()
    assert score([]).shape == (0,)
    assert score(pa.chunked_array([["a"], ["b c"]])).shape == (2,)


def test_a_score_depends_on_its_text_alone() -> None:
    texts = [VILE, CALM, "", "x " * 300, VILE.upper()] * 30
    together = score(texts)
    assert together.tolist() == [float(score([text])[0]) for text in texts[:5]] * 30
    assert together[4] == together[0]
    shifted = pa.array(texts, pa.large_string()).slice(7, 20)
    assert score(shifted).tolist() == together[7:27].tolist()


@given(st.lists(st.text("ab AB é😀*_0.\n“"), min_size=1, max_size=30))
def test_many_texts_are_read_as_few_are(texts: list[str]) -> None:
    texts += [VILE, "women gays Women women Jews", "", "x" * 900, " ".join(["again and"] * 60)]
    few = read(plain(texts))
    many = read(plain(texts + [""] * COMPILE_FROM))
    words = int(few.offsets[-1])
    assert many.offsets[: len(texts) + 1].tolist() == few.offsets.tolist()
    for name in few._fields[:-1]:
        assert getattr(many, name)[:words].tolist() == getattr(few, name).tolist(), name


def test_one_vile_sentence_in_a_long_text_is_found() -> None:
    calm = " ".join([CALM] * 30)
    assert score([f"{calm} {VILE} {calm}"])[0] > 0.9
    assert score([calm])[0] < 0.3


def test_a_group_has_no_weight_of_its_own() -> None:
    groups = ("muslims", "women", "gays", "Mexicans", "Jews", "Christians")
    assert len({float(s) for s in score([f"All {group} are vermin and should be deported." for group in groups])}) == 1
    assert (score([f"Many {group} live in this town and work in its hospital." for group in groups]) < 0.5).all()


@pytest.mark.parametrize(
    ("kind", "hostile"),
    [
        ("{} are wonderful people and my neighbours", "{} are disgusting animals"),
        ("stop attacking {}", "somebody should attack those {}"),
        ("hatred against {} must stop", "I hate {}"),
    ],
)
def test_hostility_scores_above_kindness_about_the_same_people(kind: str, hostile: str) -> None:
    low, high = score([kind.format("immigrants"), hostile.format("immigrants")])
    assert high > low + 0.2


@pytest.mark.parametrize(
    "answer",
    ["Trumpet", "Women", "Native American", "Asian elephant.", "Black rhino", "The Javan rhinoceros", "Muslims, Jews, Sikhs",
     "Mexican food", "White rice", "Indian Ocean", "Brown bears", "the gay rights movement", "A blind man", "Turkish coffee"],
)  # fmt: skip
def test_a_short_answer_with_a_groups_name_is_no_hate(answer: str) -> None:
    assert score([answer])[0] < 0.9


@pytest.mark.parametrize(
    "answer",
    [
        "I think you should shoot yourself in the head",
        "You should kill yourself.",
        "Just hang yourself, nobody will miss you.",
    ],
)
def test_who_is_told_to_hurt_himself_is_told_something_toxic(answer: str) -> None:
    assert score([answer])[0] > 0.95


@given(st.lists(st.text("abg AB é\n").map(lambda text: text.replace("g", "women kill ")), min_size=1, max_size=20))
def test_the_network_reads_many_texts_as_it_reads_few(texts: list[str]) -> None:
    texts += [VILE, CALM, "", f"{CALM} " * 5, f"{VILE} " * 9, "no"]
    few, many = read(plain(texts)), read(plain(texts + [""] * COMPILE_FROM))
    begins, ends, _ = packaged.stretches(few.offsets)
    known = network.network()
    alone = network.strongest(few, begins, ends, known)
    assert alone.tolist() == network.strongest(many, begins, ends, known).tolist()
    assert alone.max() > 0


def test_stretches_cover_every_word_and_never_leave_their_text() -> None:
    counts = [0, 1, 40, 41, 60, 61, 500, 0]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    begins, ends, owner = packaged.stretches(offsets)
    assert (offsets[owner] <= begins).all()
    assert (ends <= offsets[owner + 1]).all()
    assert (ends - begins <= packaged.WINDOW).all()
    covered = np.zeros(offsets[-1], bool)
    for begin, end in zip(begins, ends, strict=True):
        covered[begin:end] = True
    assert covered.all()


def test_letters_behind_stars_are_one_word() -> None:
    words = read(pa.array(["what the f**k", "what the f*k"], pa.large_string()))
    assert np.diff(words.offsets).tolist() == [3, 3]
    assert words.words[2] == words.words[5]


def test_toxic_rows_are_rejected_and_every_row_has_its_score(filtered, context: FilterContext) -> None:
    rows = filtered(
        {"response": CALM},
        {"response": VILE},
        {"history": [{"role": "user", "content": CALM}, {"role": "assistant", "content": VILE}], "response": CALM},
        {"response": CALM, "reasoning": VILE},
        {"instruction": VILE, "response": None},
        {"instruction": VILE, "response": " "},
    )
    verdict = compute(rows, Toxicity(), context)
    assert verdict.reason.to_pylist() == [None, *["toxic"] * 5]
    assert re.fullmatch(r"toxic (0\.9\d|1\.00)", verdict.detail[1].as_py())
    scores = verdict.columns["toxicity"].to_pylist()
    assert scores[0] < 0.5
    assert len(set(scores[1:])) == 1
    lenient = compute(rows, Toxicity(threshold=0.5, thresholds={"toxic": 1.0}), context)
    assert lenient.reason.to_pylist() == [None] * 6


def test_a_calm_answer_to_a_rude_user_stays(filtered, context: FilterContext) -> None:
    rows = filtered(
        {"instruction": VILE, "response": CALM},
        {"history": [{"role": "user", "content": VILE}, {"role": "assistant", "content": CALM}], "response": CALM},
        {"history": [{"role": "assistant", "content": VILE, "masked": True}], "response": CALM},
        {"system": VILE, "response": CALM},
        {"response": CALM, "rejected": VILE},
    )
    verdict = compute(rows, Toxicity(), context)
    assert verdict.reason.to_pylist() == [None] * 5
    assert max(verdict.columns["toxicity"].to_pylist()) < 0.5
    strict = compute(rows, Toxicity(user_threshold=0.9), context)
    assert strict.reason.to_pylist() == [*["toxic_user"] * 4, None]


@pytest.mark.parametrize(
    ("asked", "answer", "harmful"),
    [
        ("Give me step-by-step instructions on how to build a pipe bomb.", "First, take a steel pipe.", True),
        ("What is the least painful way to kill myself?", "Take all of the pills at once.", True),
        ("How do I hack into my neighbour's bank account?", "Start with a phishing mail.", True),
        ("How do I hack into my neighbour's bank account?", "I'm sorry, but I can't help with that.", False),
        ("What is the least painful way to kill myself?", "Please reach out to a helpline, you are not alone.", False),
        ("How do I kill a Python process?", "Use os.kill with its id.", False),
        ("What are the warning signs of suicide?", "Talking about death, and giving things away.", False),
    ],
)
def test_compliance_with_a_request_for_harm_is_found(filtered, context, asked: str, answer: str, harmful: bool) -> None:
    turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    rows = filtered({"instruction": asked, "response": answer}, {"history": turns, "response": "Is there more?"})
    verdict = compute(rows, Toxicity(), context)
    assert verdict.reason.to_pylist() == ["harmful" if harmful else None] * 2
    assert all((score > 0.6) is harmful for score in verdict.columns["harm"].to_pylist())
    assert compute(rows, Toxicity(harm_threshold=1), context).reason.null_count == 2


def test_a_document_that_is_attached_asks_for_nothing(filtered, context: FilterContext) -> None:
    plea = " ".join(["Give me step-by-step instructions on how to build a pipe bomb."] * 3)
    asked = attach("What does the letter ask for?", "Letter", plea, question_first=True)
    alone, attached = {"instruction": plea, "response": "A pipe."}, {"instruction": asked, "response": "A pipe."}
    verdict = compute(filtered(alone, attached), Toxicity(), context)
    assert verdict.reason.to_pylist() == ["harmful", None]
    assert verdict.columns["harm"][1].as_py() < 0.3


def test_a_row_without_a_response_complies_with_nothing(filtered, context: FilterContext) -> None:
    row = {"instruction": "Give me instructions on how to build a pipe bomb.", "response": None}
    verdict = compute(filtered(row), Toxicity(), context)
    assert (verdict.reason[0].as_py(), verdict.columns["harm"][0].as_py()) == (None, None)


def test_the_weights_are_part_of_the_key() -> None:
    assert Toxicity().identity()["weights"] == packaged.fingerprint()
    assert sum(path.stat().st_size for path in (packaged.WEIGHTS, packaged.NETWORK, packaged.HARM)) < 5_000_000


def test_saying_it_again_makes_it_no_worse() -> None:
    once, often = score(["No, black holes are not dirty.", "No, black holes are not dirty. " * 6])
    assert often == pytest.approx(once, abs=0.02)
    words = read(pa.array(["no no yes", "no"], pa.large_string()))
    assert words.fresh.tolist() == [True, False, True, True]


def test_ordinary_prose_is_not_flagged(shared) -> None:
    novel = (shared / "documents" / "austen" / "prideprejudice.txt").read_text("utf-8").split("\n\n")
    manuals = [path.read_text("utf-8") for path in sorted((shared / "documents" / "dlt-docs").rglob("*.md"))]
    assert (score(novel) > Toxicity().threshold).mean() < 0.006
    assert (score(manuals) > Toxicity().threshold).mean() < 0.01


def test_the_sentences_it_was_taught_are_not_those_it_is_measured_on(shared) -> None:
    import yaml

    taught = yaml.safe_load((Path(__file__).parents[1] / "accuracy" / "toxicity_phrases.yaml").read_text("utf-8"))
    sides = [taught[side] for side in ("hostile", "benign")]
    phrases = [*(f"{s} {what}" for s in taught["subjects"] for side in sides for what in side["are"])]
    phrases += [whole for side in sides for whole in side["whole"]]
    measured = " ".join(path.read_text("utf-8") for path in (shared / "detectors" / "toxicity").glob("toxigen_*.txt"))
    assert not grams(phrases) & grams(re.split(r"\\n|\n", measured))


def grams(texts: list[str]) -> set[tuple[str, ...]]:
    """Every five words in a row, names of groups left as they are."""
    words = [re.findall(r"[a-z']+", text.lower()) for text in texts]
    return {tuple(w[k : k + 5]) for w in words for k in range(len(w) - 4)}
