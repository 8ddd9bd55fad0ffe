"""Measures `contradictions` on real rows and on contradictions planted in them; writes the table of docs/detectors.md.

    python tests/accuracy/measure_contradictions.py

Rows of Alpaca and Dolly without an input. Planted: a copy of a row whose response has at most 40 words, with the instruction
reworded by a fixed phrase and a number changed, a verb denied or a name exchanged; drawn with the seed SEED. Needs the folder of
shared test data.
"""

import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import labelled  # noqa: E402
import pyarrow as pa  # noqa: E402
from measure_entailment import write  # noqa: E402

from tasks.core.outcome import Tools  # noqa: E402
from tasks.core.schema import VERIFIED, stable_id  # noqa: E402
from tasks.verification.entailment.contradictions import Contradictions, compute  # noqa: E402
from tasks.verification.verifier import Verdicts, VerifierContext  # noqa: E402

SEED = 7
PLANTED = 50
REWORDED = (
    "Can you tell me: {}",
    "{} Please answer briefly.",
    "I would like to know this. {}",
    "{} Explain it to me.",
)


def real() -> list[tuple[str, str]]:
    """(instruction, response) of different rows."""
    found = []
    for name in ("alpaca/alpaca_5000.json", "dolly/dolly_3k.json"):
        for row in json.loads((labelled.DATA / "instructions" / name).read_text("utf-8")):
            if not row.get("context") and not row.get("input"):
                found.append((row["instruction"], row.get("response") or row.get("output") or ""))
    return list(dict.fromkeys(found))


def judged(rows: list[tuple[str, str]]) -> Verdicts:
    given = [{"example_id": stable_id(str(n)), "instruction": a, "response": b} for n, (a, b) in enumerate(rows)]
    table = pa.Table.from_pylist(given, schema=VERIFIED)
    return compute(table, Contradictions(), VerifierContext(None, None, Tools("contradictions", Path())))


def number(text: str) -> str | None:
    found = re.search(r"(?<![\w.,/-])\d{1,4}(?![\w.,:)/-])", text)
    return text[: found.start()] + str(int(found[0]) + 3) + text[found.end() :] if found else None


def negation(text: str) -> str | None:
    found = re.search(r"\b(?:is|are|was|were|can|will|has|have)\b(?! not)", text)
    return text[: found.end()] + " not" + text[found.end() :] if found else None


def name(text: str) -> str | None:
    found = re.search(r"(?<=[a-z] )[A-Z][a-z]{3,}\b", text)
    return text[: found.start()] + "Mortimer" + text[found.end() :] if found else None


KINDS: dict[str, Callable[[str], str | None]] = {
    "a number changed": number,
    "a verb denied": negation,
    "a name exchanged": name,
    "nothing changed": lambda text: text,
}


def main() -> None:
    """Writes the table, and prints the real rows that are flagged, to be read."""
    rows, chance = real(), random.Random(SEED)
    lines = ["| rows | pairs alike | found |", "|---|---|---|"]
    for kind, change in KINDS.items():
        pairs: list[tuple[str, str]] = []
        for asked, said in chance.sample(rows, len(rows)):
            other = change(said) if said and len(said.split()) <= 40 else None
            if other and len(pairs) < 2 * PLANTED:
                pairs += [(asked, said), (REWORDED[len(pairs) // 2 % len(REWORDED)].format(asked), other)]
        found = judged(pairs)
        hits = sum(2 * n in found.rows and 2 * n + 1 in found.rows for n in range(len(pairs) // 2))
        lines.append(f"| {len(pairs) // 2} planted pairs, {kind} | {found.facts['pairs_alike']} | {hits} |")
    found = judged(rows)
    flagged = found.facts["pairs_that_disagree"]
    lines.append(f"| {len(rows):,} real rows of Alpaca and Dolly | {found.facts['pairs_alike']} | {flagged} |")
    write("contradictions", "\n".join(lines))
    print("\n".join(lines))
    for row, verdict in found.rows.items():
        print("-", *rows[row], verdict.why, sep=" | ")


if __name__ == "__main__":
    main()
