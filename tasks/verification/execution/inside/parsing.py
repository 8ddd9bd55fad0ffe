"""A program of its own: parses standard input by a grammar of tree-sitter's, and prints the first error, or nothing.

parsing.py FOLDER_OF_PACKAGES MODULE FUNCTION
"""

import importlib
import sys
from typing import Any


def first_error(root: Any) -> str:
    """Where the text stops being a program: an ERROR node, or something that is missing; empty where there is none."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            what = f"{node.type} is missing" if node.is_missing else "unexpected"
            return f"line {node.start_point[0] + 1}: {what}"
        if node.has_error:
            waiting.extend(reversed(node.children))
    return "no program" if root.has_error else ""


def main() -> None:
    """Run it."""
    folder, module, function = sys.argv[1:]
    sys.path.append(folder)
    tree_sitter = importlib.import_module("tree_sitter")
    parser = tree_sitter.Parser(tree_sitter.Language(getattr(importlib.import_module(module), function)()))
    # blanks at the end of a line, which the grammar of C takes for an error behind #include
    text = b"\n".join(line.rstrip() for line in sys.stdin.buffer.read().split(b"\n"))
    print(first_error(parser.parse(text).root_node), end="")


if __name__ == "__main__":
    main()
