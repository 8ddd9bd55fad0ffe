"""JSON text and values against JSON Schema, within bounds: nothing is fetched, no schema or pattern runs for long."""

import json
import re
from collections import Counter
from typing import Any, Final

from tasks.verification.execution.json_schema_bounds import SchemaError, bounded, refuse_unsafe

LONGEST: Final = 1_000_000
"""Characters of a JSON text that is read."""
DEEPEST: Final = 100


class BadJson(ValueError):
    """Text that is no JSON document; the message says what is wrong and where."""


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises BadJson, also for keys that are given twice, NaN and Infinity, and too deep nesting."""
    if len(text) > LONGEST:
        raise BadJson(f"more than {LONGEST:,} characters")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadJson("nested too deeply") from None
    except BadJson:
        raise
    except ValueError:
        raise BadJson("a number with thousands of digits") from None
    if _depth(value) > DEEPEST:
        raise BadJson(f"nested deeper than {DEEPEST} levels")
    return value


def schema_problem(value: Any, schema: Any) -> str | None:
    """What of `value` breaks `schema`, and where; None where nothing does. Raises SchemaError."""
    from jsonschema import exceptions, validators
    from referencing import exceptions as unresolved

    if _depth(schema) > DEEPEST:
        raise SchemaError("nested too deeply")
    refuse_unsafe(schema)
    validator = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        validator.check_schema(schema)
        error = exceptions.best_match(bounded(validator)(schema).iter_errors(value))
    except SchemaError:
        raise
    except exceptions.SchemaError as wrong:
        raise SchemaError(wrong.message[:120]) from None
    except (unresolved.Unresolvable, RecursionError, TypeError, ValueError, ArithmeticError, re.error) as wrong:
        raise SchemaError(str(wrong).splitlines()[0][:120] if str(wrong) else type(wrong).__name__) from None
    if error is None:
        return None
    where = ".".join(map(str, error.absolute_path))
    return f"{where or 'the whole'}: {' '.join(error.message.split())[:160]}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise BadJson(f"the key {twice[:60]!r} is given twice")
    return found


def _refused(name: str) -> Any:
    raise BadJson(f"{name} is no JSON number")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level and depth <= DEEPEST + 1:
        depth += 1
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for values in inner for one in values if isinstance(one, dict | list)]
    return depth
