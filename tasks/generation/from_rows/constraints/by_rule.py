"""Evolution without a teacher: which rows are given which constraint, shortest instructions first."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import yaml

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import canonical_json
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows.constraints.builders import BUILDERS, Draft
from tasks.generation.from_rows.constraints.checks import satisfied
from tasks.generation.from_rows.constraints.params import Constraints
from tasks.generation.from_rows.evol_instruct.evolution import HARDER
from tasks.text.words import words

_SHINGLE: Final = 5
_ALIKE: Final = 0.6
"""Share of 5-word shingles that an evolved row may have in common with its parent: near-duplicates begin at 0.7."""


def evolve(rows: pa.Table, params: Constraints, tools: Tools) -> Outcome:
    """Rows made from the shortest of `rows` (EXAMPLE) by adding one verifiable constraint to each.

    A made row names its parent, keeps its evidence, and holds the constraint in `constraints` and its name in `operator`; no
    model wrote it, so `generation` stays. A draft that the checker does not accept is rejected with constraint_unmet; a row
    that can honour no constraint is left alone. Facts: made rows by operator, instructions by length before and after.
    """
    made = list(_Additions(rows, params, tools).evolved())
    kept = [row for row in made if "reason" not in row]
    refused = [row for row in made if "reason" in row]
    before = rows["instruction"].to_pylist()
    facts = {
        "operators": dict(sorted(Counter(row["operator"] for row in kept).items())),
        "lengths_before": _lengths(before, params),
        "lengths_after": _lengths([*before, *(row["instruction"] for row in kept)], params),
    }
    table = pa.Table.from_pylist(kept, schema=EXAMPLE)
    return Outcome.of(EXAMPLE, table, pa.Table.from_pylist(refused) if refused else None, facts=facts)


def _lengths(instructions: list[str | None], params: Constraints) -> dict[str, int]:
    """How many instructions are short, medium, long."""
    counts = [len((text or "").split()) for text in instructions]
    sizes = ["short" if n < params.short_below else "long" if n >= params.long_from else "medium" for n in counts]
    return dict(sorted(Counter(sizes).items()))


class _Additions:
    """Goes through the rows, and remembers which operators were used and which instructions there are."""

    def __init__(self, rows: pa.Table, params: Constraints, tools: Tools) -> None:
        self.params, self.tools = params, tools
        able = [
            row
            for row in rows.to_pylist()
            if row["instruction"] and row["response"] and not row["constraints"] and not row["history"]
        ]
        self.rows = sorted(able, key=lambda row: (len(row["instruction"].split()), row["example_id"]))
        self.most = int(params.share * rows.num_rows)
        self.each = max(int(params.per_operator * self.most), 1)
        self.used: Counter[str] = Counter()
        self.known = {_compared(text or "") for text in rows["instruction"].to_pylist()}

    def evolved(self) -> Iterator[Row]:
        """Made rows; those with a reason are rejects. Stops at the share."""
        for done, row in enumerate(self.rows, 1):
            if self.used.total() >= self.most:
                break
            if (made := self._evolve(row)) is not None:
                yield made
            self.tools.progress(done, len(self.rows))

    def _evolve(self, row: Row) -> Row | None:
        """`row` under the least used constraint that it can honour."""
        rng = self.tools.rng(row["example_id"])
        operators = [name for name in self.params.operators if self.used[name] < self.each]
        rng.shuffle(operators)
        for operator in sorted(operators, key=lambda name: self.used[name]):
            draft = BUILDERS[operator](row)
            phrasings = _demands()[operator]
            if draft is None:
                continue
            demand = phrasings[int(rng.integers(len(phrasings)))].replace("{value}", draft.value)
            instruction = f"{row['instruction']} {demand}"
            alike = _alike(f"{row['instruction']} {row['response']}", f"{instruction} {draft.response}")
            if _compared(instruction) not in self.known and alike <= _ALIKE:
                return self._made(row, operator, draft, instruction)
        return None

    def _made(self, row: Row, operator: str, draft: Draft, instruction: str) -> Row:
        self.known.add(_compared(instruction))
        made = row | {
            "example_id": stable_id("constraint", row["example_id"], draft.constraint, instruction),
            "parent_id": row["example_id"],
            "content_hash": None,
            "instruction": instruction,
            "response": draft.response,
            "operator": operator,
            "prompt_source": f"evolve/demands.yaml#{operator}@{stable_id(canonical_json(_demands()[operator]))[:12]}",
            "constraints": [draft.constraint],
            "origin": "synthetic",
            "method": "constraints",
            "difficulty": HARDER.get(row["difficulty"] or "", row["difficulty"]),
        }
        if not satisfied(draft.constraint, instruction, draft.response):
            return made | {"reason": "constraint_unmet", "detail": draft.constraint}
        self.used[operator] += 1
        return made


def _compared(text: str) -> str:
    """A text as instructions are compared."""
    return " ".join(words(text))


def _alike(before: str, after: str) -> float:
    """Jaccard similarity of the 5-word shingles of two rows."""
    one, other = _shingles(before), _shingles(after)
    return len(one & other) / max(len(one | other), 1)


def _shingles(text: str) -> set[tuple[str, ...]]:
    tokens = words(text)
    return {tuple(tokens[i : i + _SHINGLE]) for i in range(max(len(tokens) - _SHINGLE + 1, 1))}


@cache
def _demands() -> dict[str, list[str]]:
    path = Path(__file__).with_name("demands.yaml")
    data: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data
