"""Evolution without a teacher: which rows are given which constraint, shortest instructions first."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import yaml

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import canonical_json
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows.constraints import construction
from tasks.generation.from_rows.constraints.constraints import satisfied
from tasks.generation.from_rows.constraints.construction import BUILDERS
from tasks.generation.from_rows.constraints.material import Draft, Material, sentences
from tasks.generation.from_rows.constraints.params import Constraints
from tasks.generation.from_rows.evol_instruct.evolution import HARDER
from tasks.text.words import words

_CODE: Final = re.compile(r"`[^`\s][^`]*`")
_NAME: Final = re.compile(r"(?:(?:Mr|Mrs|Ms|Dr)\. )?[A-Z][a-z]+(?: (?:de |van |von )?[A-Z][a-z]+)*")
_TERM: Final = re.compile(r"(?:An?|The)? ?(\*?[A-Za-z][\w-]*(?: [\w-]+){0,4}?\*?) (?:is|are|means) ")
_SHINGLE: Final = 5
_ALIKE: Final = 0.6
"""Share of 5-word shingles that an evolved row may have in common with its parent: near-duplicates begin at 0.7."""
_SHORT_SHARE: Final = 1 / 3
"""Where more than a third of the instructions are short, evolution makes none that still is."""
_PARTNERS: Final = 12
"""How many rows of the same kind and document a row is offered to be compared with: its neighbours in the text."""


def evolve(rows: pa.Table, chunks: pa.Table | None, params: Constraints, tools: Tools) -> Outcome:
    """Rows made from the shortest of `rows` by adding one verifiable constraint to each.

    A made row names its parent, keeps its evidence (extended where the response was), and holds the constraint in
    `constraints` and its name in `operator`; no model wrote it, so `generation` stays. A draft that the checker does not
    accept is rejected with constraint_unmet; a row that can honour no constraint is left alone. Facts: evolved rows by
    operator, instructions by length before and after.
    """
    work = _Additions(rows, chunks, params, tools)
    made = list(work.evolved())
    kept = pa.Table.from_pylist([row for row in made if "reason" not in row], schema=EXAMPLE)
    refused = pa.Table.from_pylist([row for row in made if "reason" in row])
    facts = {
        "operators": dict(sorted(work.used.items())),
        "lengths_before": work.lengths(rows["instruction"].to_pylist()),
        "lengths_after": dict(sorted(work.sizes.items())),
    }
    return Outcome.of(EXAMPLE, kept, refused if refused.num_rows else None, facts=facts)


class _Additions:
    """Goes through the rows, and remembers which operators were used and how long instructions have become."""

    def __init__(self, rows: pa.Table, chunks: pa.Table | None, params: Constraints, tools: Tools) -> None:
        self.params, self.tools = params, tools
        self.texts = _shelf(rows, chunks)
        able = [row for row in rows.to_pylist() if row["instruction"] and row["response"] and not row["constraints"]]
        able = [row for row in able if not row["history"] and row["evidence"]]
        self.rows = sorted(able, key=lambda row: (len(row["instruction"].split()), row["example_id"]))
        self.most = int(params.share * rows.num_rows)
        self.each = max(int(params.per_operator * self.most), 1)
        self.used: Counter[str] = Counter()
        self.sizes = Counter(self.size(text or "") for text in rows["instruction"].to_pylist())
        self.known = {words_of(text or "") for text in rows["instruction"].to_pylist()}
        self.kin = self._kin(rows)

    def size(self, instruction: str) -> str:
        """short, medium or long."""
        count = len(instruction.split())
        return "short" if count < self.params.short_below else "long" if count >= self.params.long_from else "medium"

    def lengths(self, instructions: Sequence[str | None]) -> dict[str, int]:
        """How many are short, medium, long."""
        return dict(sorted(Counter(self.size(text or "") for text in instructions).items()))

    def evolved(self) -> Iterator[Row]:
        """Evolved rows; those with a reason are rejects. Stops at the share."""
        made = 0
        for done, row in enumerate(self.rows, 1):
            if made >= self.most:
                break
            evolved = self._evolve(row)
            if evolved is not None:
                made += "reason" not in evolved
                yield evolved
            self.tools.progress(done, len(self.rows))

    def _evolve(self, row: Row) -> Row | None:
        """`row` under the least used constraint that it can honour and does not crowd the short ones."""
        material = self._material(row)
        rng = self.tools.rng(row["example_id"])
        operators = [name for name in self.params.operators if self.used[name] < self.each]
        rng.shuffle(operators)
        for operator in sorted(operators, key=lambda name: self.used[name]):
            other = self._partner(row, material) if operator == "compare" else None
            drafted = self._draft(operator, material, other)
            if drafted is None:
                continue
            demand = _demand(operator, drafted, material, other, int(rng.integers(1 << 30)))
            instruction = demand if operator == "compare" else f"{material.instruction} {demand}"
            if self._crowds(instruction) or words_of(instruction) in self.known:
                continue
            if _alike(f"{row['instruction']} {row['response']}", f"{instruction} {drafted.response}") > _ALIKE:
                continue
            return self._made(row, operator, drafted, instruction, other)
        return None

    def _crowds(self, instruction: str) -> bool:
        """Is still short, where short ones are too many already."""
        return self.size(instruction) == "short" and self.sizes["short"] > _SHORT_SHARE * self.sizes.total()

    def _draft(self, operator: str, material: Material, other: tuple[Row, Material] | None) -> Draft | None:
        if operator == "compare":
            return construction.compare(material, other[1]) if other else None
        return BUILDERS[operator](material)

    def _made(self, row: Row, operator: str, draft: Draft, instruction: str, other: tuple[Row, Material] | None) -> Row:
        self.known.add(words_of(instruction))
        evolved = row | {
            "example_id": stable_id("constraint", row["example_id"], draft.constraint, instruction),
            "parent_id": row["example_id"],
            "content_hash": None,
            "instruction": instruction,
            "response": draft.response,
            "operator": operator,
            "prompt": f"evolve/demands.yaml#{operator}@{_digest(operator)}",
            "constraints": [draft.constraint],
            "evidence": self._evidence(row, draft, other),
            "origin": "synthetic",
            "method": "constraints",
            "category": "comparison" if operator == "compare" else row["category"],
            "difficulty": HARDER.get(row["difficulty"] or "", row["difficulty"]),
        }
        if not satisfied(draft.constraint, instruction, draft.response):
            return evolved | {"reason": "constraint_unmet", "detail": draft.constraint}
        self.used[operator] += 1
        self.sizes[self.size(instruction)] += 1
        return evolved

    def _evidence(self, row: Row, draft: Draft, other: tuple[Row, Material] | None) -> list[Row]:
        """The row's spans; those of the other row, too; drawn out to the end of what the response holds."""
        spans = [dict(span) for span in row["evidence"]]
        if other:
            return [*spans, *(span for span in other[0]["evidence"] if span not in spans)]
        last = spans[-1]
        text, end = self.texts.get(last["chunk_id"], ("", ""))[0], int(last["end"])
        while (following := _next_sentence(text, end)) and following[0] in draft.response:
            end = following[1]
        spans[-1] = last | {"end": end}
        return spans

    def _material(self, row: Row) -> Material:
        last = row["evidence"][-1]
        text, source = self.texts.get(last["chunk_id"], ("", ""))
        verbatim = len(row["evidence"]) == 1 and text[last["start"] : last["end"]] == row["response"]
        beyond = text[last["end"] :].split("\n\n")[0].strip() if verbatim else ""
        subject = _subject(row)
        return Material(row["instruction"], row["response"], row["expects"] or "", source, subject, beyond)

    def _kin(self, rows: pa.Table) -> dict[tuple[str, str], list[Row]]:
        """Rows of one document and kind, in the order of the table."""
        kin: dict[tuple[str, str], list[Row]] = {}
        able = {row["example_id"]: row for row in self.rows}
        for example_id in rows["example_id"].to_pylist():
            row = able.get(example_id)
            if row and row["expects"] in ("definition", "description") and _subject(row):
                kin.setdefault(_family(row), []).append(row)
        return kin

    def _partner(self, row: Row, material: Material) -> tuple[Row, Material] | None:
        """A neighbour of the same kind whose subject is most like this one's in writing, and that comes after it."""
        family = self.kin.get(_family(row), [])
        place = next((i for i, other in enumerate(family) if other["example_id"] == row["example_id"]), None)
        if place is None:
            return None
        found = [(other, self._material(other)) for other in family[place + 1 : place + 1 + _PARTNERS]]
        fitting = [pair for pair in found if construction.compare(material, pair[1])]
        return max(
            fitting,
            key=lambda pair: (_likeness(material.subject, pair[1].subject), pair[0]["example_id"]),
            default=None,
        )


def words_of(text: str) -> str:
    """A text as instructions are compared."""
    return " ".join(words(text))


def _shelf(rows: pa.Table, chunks: pa.Table | None) -> dict[str, tuple[str, str]]:
    """Text and readable source of every chunk that is evidence."""
    if chunks is None:
        return {}
    used = {span["chunk_id"] for spans in rows["evidence"].to_pylist() for span in spans or ()}
    return {
        chunk["chunk_id"]: (chunk["text"], _source(chunk["title"] or "", chunk["headings"] or []))
        for chunk in chunks.select(["chunk_id", "title", "headings", "text"]).to_pylist()
        if chunk["chunk_id"] in used
    }


def _source(title: str, headings: Sequence[str]) -> str:
    """A document as a sentence names it: by its title, and by the chapter where it has chapters."""
    chapter = next(
        (h.capitalize() for h in reversed(headings) if re.match(r"(?i)(?:chapter|letter) [ivxlc\d]+\b", h)), ""
    )
    name = re.sub(r"[\"“”]", "", title)
    name = name.title() if name.isupper() else name
    return " of ".join(part for part in (chapter, name) if part)


def _family(row: Row) -> tuple[str, str]:
    return row["topic"] or "", row["expects"]


def _subject(row: Row) -> str:
    """What the instruction asks about: its only code, or the name with which the response begins."""
    code = set(_CODE.findall(row["instruction"]))
    if len(code) == 1:
        return str(code.pop())
    if (
        row["expects"] == "definition"
        and (term := _TERM.match(row["response"]))
        and term[1].lower() in row["instruction"].lower()
    ):
        return term[1].replace("*", "")
    name = _NAME.match(row["response"])
    return name[0] if name and not code and re.search(rf"\b{re.escape(name[0])}\b(?!['’])", row["instruction"]) else ""


def _likeness(one: str, other: str) -> int:
    """Letters that two subjects share at their beginnings: methods of one type stand beside each other."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _alike(before: str, after: str) -> float:
    """Jaccard similarity of the 5-word shingles of two rows."""
    one, other = _shingles(before), _shingles(after)
    return len(one & other) / max(len(one | other), 1)


def _shingles(text: str) -> set[tuple[str, ...]]:
    tokens = words(text)
    return {tuple(tokens[i : i + _SHINGLE]) for i in range(max(len(tokens) - _SHINGLE + 1, 1))}


def _next_sentence(text: str, end: int) -> tuple[str, int] | None:
    """The sentence of the same paragraph that begins behind `end`, and where it ends."""
    rest = text[end:].split("\n\n")[0]
    if not rest.strip():
        return None
    first = sentences(rest)[0]
    return first, end + rest.index(first) + len(first)


@cache
def _demands() -> dict[str, list[str]]:
    path = Path(__file__).with_name("demands.yaml")
    data: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def _digest(operator: str) -> str:
    phrasings = {name: texts for name, texts in _demands().items() if name.startswith(operator)}
    return stable_id(canonical_json(phrasings))[:12]


def _demand(operator: str, draft: Draft, row: Material, other: tuple[Row, Material] | None, drawn: int) -> str:
    """The sentence that asks for the constraint."""
    kind = "code" if row.subject.startswith("`") else row.expects
    key = f"compare_{kind}" if operator == "compare" else operator
    texts = _demands()[key]
    demand = texts[drawn % len(texts)].replace("{value}", draft.value)
    if other:
        source = row.source if row.source == other[1].source else row.source.split(" of ")[-1]
        demand = (
            demand.replace("{first}", row.subject).replace("{second}", other[1].subject).replace("{source}", source)
        )
    return demand
