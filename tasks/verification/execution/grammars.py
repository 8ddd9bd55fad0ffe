"""Tree-sitter's grammars, each a package of its own: whether a text is a program, in languages whose tool is not on this machine.

They come with the extra `syntax`, as compiled code that asks for nothing from elsewhere. A parser in C that reads strangers' text
runs in the sandbox as their programs do.
"""

import importlib.util
from pathlib import Path
from typing import Final, NamedTuple

from tasks.verification.execution import languages
from tasks.verification.execution.languages import Step, Toolchain

INSTALL: Final = "install the extra `syntax`: pip install '.[syntax]'"


class LanguageGrammar(NamedTuple):
    """A language, and where its grammar is."""

    name: str
    module: str
    function: str = "language"
    aliases: tuple[str, ...] = ()


GRAMMARS: Final = (
    *(LanguageGrammar(name, f"tree_sitter_{name}") for name in ("c", "cpp", "go", "java", "javascript", "rust")),
    LanguageGrammar("csharp", "tree_sitter_c_sharp", aliases=("cs", "c#")),
    LanguageGrammar("ruby", "tree_sitter_ruby", aliases=("rb",)),
    LanguageGrammar("typescript", "tree_sitter_typescript", "language_typescript", ("ts",)),
)
BY_NAME: Final = {name: grammar for grammar in GRAMMARS for name in (grammar.name, *grammar.aliases)}
PACKAGES: Final = ("tree-sitter", *(grammar.module.replace("_", "-") for grammar in GRAMMARS))


def parser(grammar: LanguageGrammar) -> Toolchain | None:
    """What parses a program of this language in the sandbox; None where the packages are not installed."""
    folders = [_folder(module) for module in ("tree_sitter", grammar.module)]
    if None in folders:
        return None
    found = tuple(folder for folder in folders if folder)
    interpreter = languages.interpreter()[0]
    argv = (interpreter, "-I", "-S", "parsing.py", str(Path(found[0]).parent), grammar.module, grammar.function)
    return Toolchain((Step(argv),), found)


def _folder(module: str) -> str | None:
    found = importlib.util.find_spec(module)
    return str(Path(found.origin).parent) if found and found.origin else None
