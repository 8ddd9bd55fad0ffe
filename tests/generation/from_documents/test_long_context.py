import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.attached_document import without_document
from tasks.core.outcome import Outcome
from tasks.generation.from_documents.long_context import METHOD, LongContext
from tasks.generation.method import Sizes
from tests.generation.from_documents.documents import documents_of
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen

STATIONS = [
    f"{a}{b}"
    for a in ("Arn", "Bel", "Cor", "Dun", "Esk", "Fal", "Gal", "Hol")
    for b in ("ham", "wick", "ton", "ley", "by")
]
FACT = re.compile(r"Station (\w+) opens its valve at (\d+) degrees")
Round = Callable[[str, str], Any]


def station(number: int) -> str:
    name = STATIONS[number % len(STATIONS)] + "x" * (number // len(STATIONS))
    return f"Station {name} opens its valve at {number + 41} degrees. Its keeper writes that down every day in a book of his own."


def document(stations: int) -> list[tuple[list[str], str]]:
    return [([f"Part {n // 10}"], station(n)) for n in range(stations)]


def asked(name: str, degrees: str) -> Any:
    return {"question": f"At how many degrees does station {name} open its valve?", "answer": f"{degrees} degrees"}


def answered(name: str, degrees: str) -> Any:
    return {"answer": f"Station {name} opens its valve at {degrees} degrees [1].", "citations": [1], "abstain": False}


def unknown(_name: str, _degrees: str) -> Any:
    return {"answer": "unknown"}


def run(
    server: ModelServer,
    folder: Path,
    chunks: pa.Table,
    ask: Round = asked,
    answer: Round = answered,
    guess: Round = unknown,
    **params: Any,
) -> Outcome:
    def reply(seen: Seen) -> Any:
        if "in a few words" in seen.system:
            (name,) = re.findall(r"station (\w+)", seen.prompt)
            return guess(name, str(degrees[name]))
        name, number = FACT.findall(seen.prompt)[0]
        return ask(name, number) if "long document" in seen.system else answer(name, number)

    degrees = {name: number for text in chunks["text"].to_pylist() for name, number in FACT.findall(text)}
    server.reply = reply
    settings = LongContext.model_validate({"passage_tokens": 60, "min_tokens": 100, **params})
    return made(server, folder, settings, documents=chunks)


def test_the_question_comes_with_the_whole_document(model_server: ModelServer, tmp_path: Path) -> None:
    chunks = documents_of(document(12), document(2))
    outcome = run(model_server, tmp_path, chunks)
    assert outcome.facts["documents"] == 1, "the short document holds nothing to search"
    texts = [station(n) for n in range(12)]
    rows = outcome.kept.to_pylist()
    assert len(rows) == outcome.facts["passages"] == 12
    for row in rows:
        name, degrees = FACT.findall(row["response"])[0]
        question = str(asked(name, degrees)["question"])
        assert without_document(row["instruction"]).replace("--- Document: Title 0 ---", "").strip() == question
        places = [row["instruction"].index(text) for text in texts]
        assert places == sorted(places)
        (span,) = row["evidence"]
        assert FACT.findall(texts[int(span["chunk_id"][3:])][span["start"] : span["end"]]) == [(name, degrees)]
        assert (row["parent_id"], row["reference"], row["topic"]) == (span["chunk_id"], f"{degrees} degrees", "Title 0")
        assert (row["answer_method"], row["origin"], len(row["requests"])) == ("rag", "synthetic", 3)
        context = row["instruction"].split(" ---\n\n")[1].split("\n--- End")[0]
        depth = context.index(f"Station {name} ") / len(context)
        assert row["expects"] == f"depth:{int(10 * depth) / 10}"
    assert {row["instruction"].startswith("--- Document") for row in rows} == {True, False}
    assert model_server.requests == 36


def test_a_context_is_cut_so_that_answers_stand_at_every_depth(model_server: ModelServer, tmp_path: Path) -> None:
    outcome = run(model_server, tmp_path, documents_of(document(300)), context_tokens=700, most=60)
    depths = outcome.facts["depths"]
    assert sum(depths) == outcome.kept.num_rows == 60
    assert min(depths) >= 2, depths
    assert outcome.facts["context_tokens"]["most"] <= 700
    assert outcome.facts["context_tokens"]["least"] >= 600


LOST = Reply(status=400, message="not accepted")
REPLIES: dict[str, dict[str, Any]] = {
    "good": {},
    "no_instruction": {"ask": {"question": "", "answer": ""}},
    "prompt_leakage": {"ask": {"question": "Which number does the passage give?", "answer": "9"}},
    "guessable": {"ask": {"question": "Does the keeper write the temperature down?", "answer": "Yes"}},
    "answers_differ": {"ask": {"question": "At how many degrees does station {0} open its valve?", "answer": "7 degrees"}},
    "abstained": {"answer": {"answer": "", "citations": [], "abstain": True}},
    "answerable_without_context": {"guess": {"answer": "at {1} degrees"}},
    "refusal": {"guess": Reply(text="", finish="content_filter")},
    "failed first": {"ask": LOST},
    "failed second": {"answer": LOST},
    "failed third": {"guess": LOST},
}  # fmt: skip


def test_every_passage_leaves_once_and_says_why(model_server: ModelServer, tmp_path: Path) -> None:
    chunks = documents_of(document(len(REPLIES)))
    order = {FACT.findall(station(n))[0][0]: replies for n, replies in enumerate(REPLIES.values())}

    def scripted(kind: str, usual: Round) -> Round:
        def reply(name: str, degrees: str) -> Any:
            found = order[name].get(kind)
            if not isinstance(found, dict):
                return found if found is not None else usual(name, degrees)
            return {k: v.format(name, degrees) if isinstance(v, str) else v for k, v in found.items()}

        return reply

    outcome = run(
        model_server, tmp_path, chunks, scripted("ask", asked), scripted("answer", answered), scripted("guess", unknown)
    )
    number = {f"d0c{n}": name for n, name in enumerate(REPLIES)}
    assert [number[row["parent_id"]] for row in outcome.kept.to_pylist()] == ["good"]
    rejected = {number[row["parent_id"]]: row["reason"] for row in outcome.rejected.to_pylist()}
    assert rejected == {name: name for name in list(REPLIES)[1:8]}
    assert sorted(number[name] for name in outcome.failed["parent_id"].to_pylist()) == [
        "failed first",
        "failed second",
        "failed third",
    ]
    assert not any("---" in text for text in outcome.rejected["instruction"].to_pylist() if text), (
        "rejected without document"
    )


def test_a_question_is_asked_once_of_a_document(model_server: ModelServer, tmp_path: Path) -> None:
    chunks = documents_of(document(6))
    outcome = run(
        model_server, tmp_path, chunks, lambda *_: {"question": "What does every keeper do daily?", "answer": "write"}
    )
    assert outcome.rejected["reason"].to_pylist().count("duplicate_instruction") == 5


def test_a_drawn_passage_stays_drawn_when_documents_join(model_server: ModelServer, tmp_path: Path) -> None:
    one, two = documents_of(document(20)), documents_of(document(20), [([], station(n)) for n in range(20, 40)])
    few, more = (set(run(model_server, tmp_path, table, most=8).kept["parent_id"].to_pylist()) for table in (one, two))
    assert len(few) == len(more) == 8
    assert {name for name in more if name.startswith("d0")} <= few
    assert more - few


@pytest.mark.parametrize(("most", "asked_for"), [(None, 10), (4, 4)])
def test_the_estimate_counts_three_rounds(most: int | None, asked_for: int) -> None:
    calls = LongContext(most=most, passage_tokens=1000)
    found = METHOD.estimate(calls, Sizes(passages=100, passage_tokens=100, rows=0))
    assert (found.requests, found.rows) == (3 * asked_for, asked_for)
