"""YAML written by people: plain data only, no key twice in a mapping, and a limit on what aliases unpack to.

The safe loader alone keeps the last of two equal keys without a word, and lets a few lines of aliases that name each other
(the "billion laughs") become gigabytes as soon as their values are visited.
"""

from typing import Any, Final

import yaml

from tasks.core.errors import BadInput

MOST_NODES: Final = 100_000
"""Values that a file may unpack to, every alias counted as what it names: recipes and template sets have hundreds."""


class NotPlain(BadInput):
    """A YAML text that is refused, because of `message`, on `line` (from 1)."""

    def __init__(self, where: str, line: int, message: str) -> None:
        super().__init__(f"{where}:{line}: {message}")
        self.line, self.message = line, message


def compose(text: str, where: str) -> yaml.Node | None:
    """The nodes of a YAML text from the file `where`. NotPlain where it is no YAML, repeats a key, or is too large or deep."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        _check(root, where)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotPlain(where, mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise NotPlain(where, 1, f"not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise NotPlain(where, 1, "nested too deeply to have been written by a person; flatten it") from None
    return root


def load(text: str, where: str) -> Any:
    """The data of a YAML text: mappings, lists, strings, numbers, dates, booleans. Raises NotPlain as `compose` does."""
    if compose(text, where) is None:
        return None
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise NotPlain(where, error.problem_mark.line + 1 if error.problem_mark else 1, str(error.problem)) from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotPlain(where, 1, f"a value that cannot be read: {error}") from None


def _check(root: yaml.Node | None, where: str) -> None:
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        """Values below and with `node`; 0 stands for a node whose size is being counted."""
        known = sizes.get(id(node))
        if known == 0:
            raise NotPlain(where, line_of(node), "an alias names the value that contains it; write it out")
        if known:
            return known
        sizes[id(node)] = 0
        if isinstance(node, yaml.MappingNode):
            _once(node, where)
            total = 1 + sum(size(key) + size(value) for key, value in node.value)
        else:
            total = 1 + sum(map(size, node.value)) if isinstance(node, yaml.SequenceNode) else 1
        if total > MOST_NODES:
            raise NotPlain(where, line_of(node), f"unpacks to more than {MOST_NODES:,} values; write fewer aliases")
        sizes[id(node)] = total
        return total

    if root is not None:
        size(root)


def _once(node: yaml.MappingNode, where: str) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise NotPlain(where, line_of(key), "a key must be a plain word")
        if key.value in seen:
            first = seen[key.value]
            raise NotPlain(where, line_of(key), f"the key {key.value!r} is on line {first} already; keep one of them")
        seen[key.value] = line_of(key)


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1
