"""The column `tests` where it holds JSON, for answers that are no programs: an object whose keys say what it is for."""

from typing import Any

from tasks.verification.execution.json_schemas import BadJson, read_json


def json_tests(tests: str | None) -> dict[str, Any] | None:
    """The object that a row's tests are; None where they are a program, or nothing."""
    if not tests or not tests.lstrip().startswith("{"):
        return None
    try:
        found = read_json(tests)
    except BadJson:
        return None
    return found if isinstance(found, dict) else None
