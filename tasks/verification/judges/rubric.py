"""Rubrics: by what a row is judged, in a Markdown file that people and models read alike.

    ---
    judges: response            what is judged: response, instruction or pair
    scale: 1 to 5               or classes, worst first: discard, keep
    passes: 3                   a row passes if every criterion reaches this level ...
    rule: each                  ... or, with `mean`, if their mean does
    qualities: aligned          optional: which of the six qualities its verdict speaks of
    ---
    # Title

    What is judged, and in which spirit.

    ## accuracy

    What the criterion asks.

    - 5: what deserves this level
    - 1: what deserves this one

Headings of the second degree are criteria, lines `- LEVEL: text` below them the anchors of the scale; each criterion has anchors
for its lowest and highest level at least. Anything else is an error that names the file and the line.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from tasks.core.errors import BadInput
from tasks.teachers.prompts import closed

FOLDER: Final = Path(__file__).parent / "rubrics"
Judged = Literal["response", "instruction", "pair"]
Rule = Literal["each", "mean"]
Level = int | str
PAIR: Final = ("second", "tie", "first")
"""The scale of every criterion by which pairs are compared."""
_KEYS: Final = ("judges", "scale", "passes", "rule", "qualities")
_NEEDED: Final = ("judges", "scale", "passes")
_QUALITIES: Final = ("relevant", "aligned", "consistent", "correctly_formatted", "sufficiently_unique", "compliant")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBERS: Final = re.compile(r"(\d+)\s*(?:to|-|–)\s*(\d+)")
_ANCHOR: Final = re.compile(r"- ([^:]{1,40}):\s+(\S.*)")
_MOST_LEVELS: Final = 11


@dataclass(frozen=True)
class Criterion:
    """One question to a row, with what some levels of the scale mean."""

    name: str
    text: str
    anchors: tuple[tuple[Level, str], ...]


@dataclass(frozen=True)
class Rubric:
    """A rubric, read from its file."""

    title: str
    text: str
    """What is judged, and in which spirit."""
    judges: Judged
    levels: tuple[Level, ...]
    """From the worst to the best."""
    passes: Level
    """The least level that passes."""
    rule: Rule
    criteria: tuple[Criterion, ...]
    qualities: tuple[str, ...] = ()

    def share(self, level: Level) -> float:
        """Where a level stands on the scale: 0 the worst, 1 the best."""
        return self.levels.index(level) / (len(self.levels) - 1)

    def score(self, levels: dict[str, Level]) -> float:
        """The mean of the criteria's shares, 0 … 1."""
        return sum(self.share(levels[one.name]) for one in self.criteria) / len(self.criteria)

    def weakest(self, levels: dict[str, Level]) -> Criterion:
        """The criterion with the lowest level, the first of several."""
        return min(self.criteria, key=lambda one: self.share(levels[one.name]))

    def passed(self, levels: dict[str, Level]) -> bool:
        """Whether a row with these levels passes by the rubric's own rule."""
        least = self.share(self.passes)
        if self.rule == "mean":
            return self.score(levels) >= least
        return all(self.share(levels[one.name]) >= least for one in self.criteria)

    def as_prompt(self, turned: int = 0) -> str:
        """The rubric as a model reads it; `turned`: criteria that are set behind the others, from the first on."""
        parts = [self.text]
        for one in self._turned(turned):
            anchors = [f"- {level}: {text}" for level, text in one.anchors]
            parts.append("\n".join([f"{one.name}: {one.text}", *anchors]))
        return "\n\n".join(parts)

    def schema(self, turned: int = 0) -> dict[str, Any]:
        """The form of an answer: for each criterion the reason, and only then the level."""
        kind = "string" if isinstance(self.levels[0], str) else "integer"
        level = {"type": kind, "enum": list(self.levels)}
        return closed(**{one.name: closed(reason={"type": "string"}, score=level) for one in self._turned(turned)})

    def _turned(self, turned: int) -> tuple[Criterion, ...]:
        at = turned % len(self.criteria)
        return (*self.criteria[at:], *self.criteria[:at])


def names() -> tuple[str, ...]:
    """The packaged rubrics."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))


def locate(name: str | Path) -> Path:
    """The file of a rubric: a packaged name such as "curation", or a path."""
    packaged = FOLDER / f"{name}.md"
    return packaged if "/" not in str(name) and packaged.is_file() else Path(name)


def name_of(path: Path) -> str:
    """What a recipe calls the rubric in `path`: its name if it is packaged, else the path."""
    return path.stem if path.parent == FOLDER else str(path)


def load(path: Path) -> Rubric:
    """The rubric in a file. BadInput names the file, the line and what is wrong there."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a rubric: {type(error).__name__}") from None
    return _Reader(path.name, text.splitlines()).rubric()


@dataclass
class _Reader:
    """Reads the lines of one file."""

    name: str
    lines: list[str]
    keys: dict[str, tuple[int, str]] = field(default_factory=dict)

    def rubric(self) -> Rubric:
        behind = self._front()
        levels = self._levels()
        passes = self._level(levels, *self.keys["passes"])
        if passes == levels[0]:
            raise self._wrong(self.keys["passes"][0], f"passes: {passes} is the lowest level: every row would pass")
        title, text, criteria = self._body(behind, levels)
        judges, rule = self._one_of("judges", get_args(Judged)), self._one_of("rule", get_args(Rule), "each")
        if judges == "pair" and levels != PAIR:
            raise self._wrong(
                self.keys["scale"][0], f"scale: a rubric that judges pairs has {', '.join(map(str, PAIR))}"
            )
        return Rubric(title, text, judges, levels, passes, rule, criteria, self._qualities())

    def _front(self) -> int:
        """Read the keys between the first two lines of three dashes; the number of the line behind them."""
        if not self.lines or self.lines[0].strip() != "---":
            raise self._wrong(1, "a rubric begins with a line of three dashes and its keys: judges, scale, passes")
        for number, line in enumerate(self.lines[1:], 2):
            if line.strip() == "---":
                for key in _NEEDED:
                    if key not in self.keys:
                        raise self._wrong(number, f"no key {key!r} above this line")
                return number + 1
            key, colon, value = (part.strip() for part in line.partition(":"))
            if not line.strip():
                continue
            if not colon or key not in _KEYS:
                raise self._wrong(number, f"unknown key {key!r}; there are: {', '.join(_KEYS)}")
            if key in self.keys or not value:
                raise self._wrong(number, f"{key}: {'stands twice' if key in self.keys else 'has no value'}")
            self.keys[key] = (number, value)
        raise self._wrong(len(self.lines), "the keys are not closed by a line of three dashes")

    def _levels(self) -> tuple[Level, ...]:
        number, value = self.keys["scale"]
        if found := _NUMBERS.fullmatch(value):
            low, high = int(found[1]), int(found[2])
            if not 1 <= high - low < _MOST_LEVELS:
                raise self._wrong(number, f"scale: {value} has no levels, or more than {_MOST_LEVELS}")
            return tuple(range(low, high + 1))
        words = tuple(word.strip() for word in value.split(","))
        if len(words) < 2 or len(set(words)) < len(words) or not all(_NAME.fullmatch(word) for word in words):
            raise self._wrong(
                number, "scale: write two numbers (1 to 5), or classes from worst to best (discard, keep)"
            )
        return words

    def _level(self, levels: tuple[Level, ...], number: int, text: str) -> Level:
        for level in levels:
            if str(level) == text.strip():
                return level
        raise self._wrong(number, f"{text.strip()!r} is no level of the scale {', '.join(map(str, levels))}")

    def _one_of(self, key: str, known: tuple[Any, ...], default: str = "") -> Any:
        number, value = self.keys.get(key, (1, default))
        if value not in known:
            raise self._wrong(number, f"{key}: {value!r} is none of {', '.join(known)}")
        return value

    def _qualities(self) -> tuple[str, ...]:
        number, value = self.keys.get("qualities", (1, ""))
        found = tuple(word.strip() for word in value.split(",") if word.strip())
        for word in found:
            if word not in _QUALITIES:
                raise self._wrong(number, f"qualities: {word!r} is none of {', '.join(_QUALITIES)}")
        return found

    def _body(self, first: int, levels: tuple[Level, ...]) -> tuple[str, str, tuple[Criterion, ...]]:
        title, spoken, criteria = "", list[str](), list[Criterion]()
        opened: tuple[int, str, list[str], list[tuple[Level, str]]] | None = None
        for number, line in enumerate(self.lines[first - 1 :], first):
            if line.startswith("## "):
                criteria += [self._criterion(*opened, levels)] if opened else []
                name = line[3:].strip()
                if not _NAME.fullmatch(name) or name in {one.name for one in criteria}:
                    raise self._wrong(number, f"criterion {name!r}: a name of its own in small letters, digits and _")
                opened = (number, name, [], [])
            elif line.startswith("#"):
                if title or opened or not line.startswith("# "):
                    raise self._wrong(number, "one title (#) comes first, then criteria (##), and no other headings")
                title = line[2:].strip()
            elif not title and line.strip():
                raise self._wrong(number, "text before the title; write `# Title` first")
            elif opened and line.startswith("- "):
                opened[3].append(self._anchor(levels, number, line, opened[3]))
            elif opened and opened[3] and line.strip():
                raise self._wrong(number, "text behind the anchors; keep each anchor on one line")
            else:
                (opened[2] if opened else spoken).append(line.strip())
        criteria += [self._criterion(*opened, levels)] if opened else []
        text = _paragraphs(spoken)
        if not title or not text or not criteria:
            what = "title (#)" if not title else "text below the title" if not text else "criterion (##)"
            raise self._wrong(len(self.lines), f"the rubric has no {what}")
        return title, text, tuple(criteria)

    def _anchor(
        self, levels: tuple[Level, ...], number: int, line: str, before: list[tuple[Level, str]]
    ) -> tuple[Level, str]:
        if (found := _ANCHOR.fullmatch(line.strip())) is None:
            raise self._wrong(number, "an anchor is written `- LEVEL: what deserves it`")
        level = self._level(levels, number, found[1])
        if level in dict(before):
            raise self._wrong(number, f"level {level} is described twice")
        return level, found[2]

    def _criterion(
        self,
        number: int,
        name: str,
        spoken: list[str],
        anchors: list[tuple[Level, str]],
        levels: tuple[Level, ...],
    ) -> Criterion:
        text, described = " ".join(" ".join(spoken).split()), dict(anchors)
        if not text:
            raise self._wrong(number, f"criterion {name}: say in a sentence what it asks")
        for level in (levels[0], levels[-1]):
            if level not in described:
                raise self._wrong(number, f"criterion {name}: no anchor `- {level}: …`")
        return Criterion(name, text, tuple(anchors))

    def _wrong(self, number: int, what: str) -> BadInput:
        return BadInput(f"{self.name}, line {number}: {what}")


def _paragraphs(lines: list[str]) -> str:
    """Lines joined to paragraphs, with a blank line between them."""
    paragraphs = "\n".join(lines).strip().split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs if one.strip())
