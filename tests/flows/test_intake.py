"""Logs of a chat service: nothing without consent, nothing too old, no personal data; corrections are pairs, disliked is apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Ran, Run


def record(number: int, **more: Any) -> dict[str, Any]:
    asked = f"How do I reset the router number {number} that stands in my office?"
    return {
        "id": f"chat-{number}", "user": "secret-user-id", "consent": True, "created_at": "2026-11-20T10:00:00Z",
        "prompt": asked, "response": f"Hold its button for {number} seconds until the light blinks.", "feedback": "up", **more,
    }  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    turns = [
        {"role": "user", "content": "I am Maria Schmidt, mail maria.schmidt@web.de. Which plan do I have?"},
        {"role": "assistant", "content": "Hello Maria Schmidt, you have the small plan."},
    ]
    rows = [
        record(1),
        record(2, consent=False),
        record(3, consent=None),
        record(4, created_at="2019-01-01T00:00:00Z"),
        record(5, created_at="soon"),
        record(6, feedback=None),
        record(7, feedback="down"),
        record(8, feedback="down", correction="Write to bob.miller@gmail.com, he resets it for you."),
        {"id": "chat-9", "consent": "yes", "created_at": 1_790_000_000, "messages": turns, "feedback": {"value": "up"}},
    ]
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_only_what_may_be_used_goes_on(logs: Path, instructory: Run, tmp_path: Path) -> None:
    out = tmp_path / "clean.jsonl"
    ran = instructory("intake", logs, "--consent", "consent", "--keep-days", "2000", "--out", out)
    assert ran.code == 0, ran.err
    assert "2 liked answers and 1 corrected ones" in ran.out
    for reason, count in {"no_consent": 2, "too_old": 1, "no_time": 1, "no_feedback": 1, "malformed_record": 1}.items():
        assert f"{count} left out: {reason}" in ran.out
    kept = lines(out)
    written = out.read_text("utf-8") + (tmp_path / "clean.disliked.jsonl").read_text("utf-8")
    for private in ("Schmidt", "maria.schmidt", "bob.miller", "secret-user-id", "chat-", "number 2 ", "number 3 "):
        assert private not in written
    pair = next(row for row in kept if row["rejected"])
    assert pair["response"].endswith("he resets it for you.")
    assert pair["rejected"].startswith("Hold its button for 8")
    assert pair["origin"] == "human"
    assert [row["score"] for row in lines(tmp_path / "clean.disliked.jsonl")] == [0.0]
    curated: Ran = instructory(
        "curate",
        out,
        "--store",
        tmp_path / "store",
        "--json",
        "--set",
        "dataset=talks",
        "--set",
        "filters.language.enabled=false",
    )
    assert curated.code == 0, curated.err
    assert curated.json["rows"] == 3
    raw = b"".join(path.read_bytes() for path in (tmp_path / "store" / "raw").rglob("*") if path.is_file())
    assert b"Schmidt" not in raw


def test_consent_can_be_a_file_of_ids(logs: Path, instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "agreed.txt").write_text("chat-1\nchat-2\n")
    out = tmp_path / "clean.jsonl"
    ran = instructory("intake", logs, "--consent-ids", tmp_path / "agreed.txt", "--no-names", "--out", out)
    assert ran.code == 0, ran.err
    assert len(lines(out)) == 2
    assert "7 left out: no_consent" in ran.out
    refused = instructory("intake", logs, "--out", out)
    assert refused.code == 2
    assert "say who agreed" in refused.err
