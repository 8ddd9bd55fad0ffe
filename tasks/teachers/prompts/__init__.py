"""Prompt texts: one Markdown file each, beside the module that asks with it.

A file is a system message, a line of three dashes, and the user's message; `{{name}}` stands for a value. The hash of the
text goes into the rows it made and into the stage's key, so a changed word rebuilds only what was asked with that text.
"""

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasks.core.errors import BadInput
from tasks.core.schema import stable_id
from tasks.teachers.protocol import Message, Request

_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")
_RULE: Final = re.compile(r"^---$", re.MULTILINE)
_CONTROL: Final = re.compile(
    r"([<\[])(?=\||/?(?:s|INST|SYS|start_of_turn|end_of_turn|bos|eos)[>\]]|<SYS|</SYS)", re.IGNORECASE
)
"""Beginnings of the tokens with which chat templates end a turn. Servers read them as such also inside a message: with
`<|im_end|>` as it stands, an attack moved a judge of claims (docs/detectors.md)."""
_BROKEN: Final = r"\1 "
_LIMIT: Final = "words"
"""End of the names of slots that limit lengths."""
_own: ContextVar[Mapping[str, Path] | None] = ContextVar("own_prompts", default=None)


class Rendered(NamedTuple):
    """A prompt with its values filled in."""

    system: str
    user: str


@dataclass(frozen=True)
class Prompt:
    """One prompt text and its sha256."""

    name: str
    text: str
    hash: str
    unused: frozenset[str] = frozenset()
    """Values that `render` is given and the text leaves out."""

    @property
    def mark(self) -> str:
        """The prompt's name in the column `prompt_source` of the rows it made: `NAME.md@` and the first 8 digits of its hash."""
        return f"{self.name}.md@{self.hash[:8]}"

    @property
    def slots(self) -> frozenset[str]:
        """The names of the values that the text needs."""
        return frozenset(_SLOT.findall(self.text))

    @property
    def slots_by_part(self) -> tuple[frozenset[str], frozenset[str]]:
        """Those of the system message and those of the user's."""
        system, user = _RULE.split(self.text, maxsplit=1)
        return frozenset(_SLOT.findall(system)), frozenset(_SLOT.findall(user))

    @property
    def limits(self) -> frozenset[str]:
        """The slots that a recipe's own text may leave out: limits of length, which no row records."""
        return frozenset(slot for slot in self.slots if slot.endswith(_LIMIT))

    def render(self, **values: str | int) -> Rendered:
        """Fill every slot once; a slot inside a value stays as it is. ValueError if `values` are not the slots and `unused`."""
        if values.keys() != self.slots | self.unused:
            odd = ", ".join(sorted(values.keys() ^ (self.slots | self.unused)))
            raise ValueError(f"{self.name}.md: slots and values differ in {odd}")
        system, user = _RULE.split(self.text, maxsplit=1)
        return Rendered(*(_SLOT.sub(lambda m: str(values[m[1]]), part).strip() for part in (system, user)))

    def request(
        self, values: Mapping[str, str | int], json_schema: dict[str, Any] | None = None, sample: int = 0
    ) -> Request:
        """The request to a teacher: the rendered prompt, to be answered in the form of `json_schema`."""
        system, user = self.render(**values)
        messages = (Message(role="user", content=user),)
        return Request(messages=messages, system=system, json_schema=json_schema, sample=sample)


@dataclass(frozen=True)
class Fence:
    """Tags around text of others, so that a model can distinguish material from instructions.

    The mark is a hash over all fenced texts together: the same material always gives the same request, but no author can
    write a text that contains the mark, since every change of the text changes the mark.
    """

    mark: str

    @classmethod
    def around(cls, *texts: str) -> "Fence":
        """The fence for `texts`, which cannot contain its mark unless 64 bits of a hash collide."""
        return cls(stable_id("fence", *texts)[:16])

    def wrap(self, tag: str, text: str, number: int | None = None) -> str:
        """`text` on lines of its own between `<tag-mark number>` and `</tag-mark>`; a blank breaks tokens of chat templates."""
        opening = f"{tag}-{self.mark}" if number is None else f"{tag}-{self.mark} {number}"
        return f"<{opening}>\n{_CONTROL.sub(_BROKEN, text)}\n</{tag}-{self.mark}>"


def beside(module: str, *names: str) -> tuple[Path, ...]:
    """The prompt files NAME.md in the folder of `module`, which passes its own `__file__`."""
    return tuple(Path(module).with_name(f"{name}.md") for name in names)


@contextmanager
def using(own: Mapping[str, Path]) -> Iterator[None]:
    """Until the block ends, `load` reads these files in the place of the packaged ones of their names. Other threads, and so stages
    that run side by side, see nothing of it."""
    token = _own.set(own)
    try:
        yield
    finally:
        _own.reset(token)


def load(path: Path) -> Prompt:
    """The packaged prompt in a file, or the text of the recipe's own that stands in its place. Raises as `read` does."""
    packaged, own = read(path), (_own.get() or {}).get(path.stem)
    if own is None:
        return packaged
    found = read(own)
    return replace(found, unused=packaged.limits - found.slots)


def read(path: Path) -> Prompt:
    """The prompt in a file. BadInput if there is none, or if it lacks the line between system and user message."""
    if not path.is_file():
        raise BadInput(f"no prompt file {path}")
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Prompt:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: byte {error.start} is not UTF-8") from None
    if not _RULE.search(text):
        raise BadInput(f"{path.name}: no line of three dashes between system and user message; add one")
    return Prompt(path.stem, text, hashlib.sha256(text.encode()).hexdigest())


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each prompt text, by name, for the key of a stage that asks with them."""
    return {path.stem: read(path).hash for path in sorted(paths)}


def closed(**properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with all of these properties and no others: the form that vendors can enforce."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def joined(earlier: str | None, prompt: Prompt) -> str:
    """The `prompt_source` column of a row that already names what made its instruction: both, in order."""
    return f"{earlier} + {prompt.mark}" if earlier else prompt.mark
