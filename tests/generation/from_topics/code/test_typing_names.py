"""Programs that name types of `typing` without importing them get the import, and no others."""

import pytest

from tasks.generation.from_topics.code.typing_names import with_typing

BODY = "def f(a: List[int]) -> Optional[int]:\n    return a[0] if a else None\n"


@pytest.mark.parametrize(
    ("program", "first"),
    [
        (BODY, "from typing import List, Optional\n\ndef f("),
        (f"from typing import List, Optional\n{BODY}", None),
        (f"from typing import List\n{BODY}", "from typing import Optional\n\nfrom typing import List"),
        (f"from typing import *\n{BODY}", None),
        (f"from __future__ import annotations\n{BODY}", "from __future__ import annotations\nfrom typing import List"),
        ("def f(a: list[int], Text) -> int:\n    return Text\n", None),
        ("class List:\n    pass\n\ndef f(a: List) -> int:\n    return 1\n", None),
        ("def f(a: List[int]\n", None),
        ('def f(a):\n    return "List"\n', None),
    ],
)
def test_missing_names_of_typing_are_imported(program: str, first: str | None) -> None:
    found = with_typing(program)
    assert found.startswith(first) if first else found == program
    if first:
        exec(compile(found, "f", "exec"), {})
        assert with_typing(found) == found
