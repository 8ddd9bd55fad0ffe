"""docs/environment.md lists every variable that the source reads, and no other."""

import ast
import re
from collections.abc import Iterable

import pytest

from tests.sources import FILES, HOUSE, nodes, text

PAGE = (HOUSE / "docs" / "environment.md").read_text("utf-8")
SHAPE = re.compile(r"_?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
KNOWN_PREFIXES = (
    "INSTRUCTORY_", "PREFECT_", "AWS_", "OPENAI_", "ANTHROPIC_", "RAY_", "GX_", "XDG_", "OPENLINEAGE_", "HF_",
)  # fmt: skip
BY_LIBRARIES = {
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "_INSTRUCTORY_COMPLETE",
}  # fmt: skip
"""Read by libraries on our behalf, so that no line of ours names them as a whole text."""
NOT_VARIABLES = {"CGO_ENABLED", "CANCEL_NEW"}
"""A variable of programs in the sandbox, and a word of Prefect's."""


def read_by(source: str, tree: Iterable[ast.AST]) -> set[str]:
    """Texts shaped like a variable's name: all of a module that touches the environment, of others those with a known prefix."""
    texts = {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    shaped = {text for text in texts if SHAPE.fullmatch(text)}
    return (
        shaped
        if "environ" in source.replace("environment", "")
        else {t for t in shaped if t.startswith(KNOWN_PREFIXES)}
    )


def test_the_page_lists_every_variable_that_is_read_and_no_other() -> None:
    read = set[str]().union(*(read_by(text(path), nodes(path)) for path in FILES)) - NOT_VARIABLES
    read |= {"ENTAILMENT_API_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    listed = set(re.findall(r"`(_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", PAGE))
    assert read - listed == set(), "describe them in docs/environment.md"
    assert listed - read - BY_LIBRARIES == set(), "docs/environment.md lists what nothing reads"


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ('NAME = "MY_SETTING"\nimport os\nos.environ.get(NAME)', {"MY_SETTING"}),
        ('NAME = "INSTRUCTORY_NEW"', {"INSTRUCTORY_NEW"}),
        ('ENTITY = "PHONE_NUMBER"', set()),
    ],
)
def test_a_read_is_found_however_it_is_written(source: str, read: set[str]) -> None:
    assert read_by(source, ast.walk(ast.parse(source))) == read
