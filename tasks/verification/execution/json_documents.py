"""Responses that are to be JSON: do they parse, and do they fit the schema where the row has one?"""

import re
from typing import Any, Final, Literal

import pyarrow as pa

from tasks.verification.execution.json_schema_bounds import SchemaError
from tasks.verification.execution.json_schemas import BadJson, read_json, schema_problem
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "not_json": "the response is to be JSON and is none; detail: what is wrong, and where",
    "schema_violated": "the response does not fit the JSON Schema of the row; detail: where, and what is wrong",
}
_ASKED: Final = re.compile(
    r"\b(?:respond|reply|answer|return|output|give|provide|format|write|produce)\b[^.?!\n]{0,60}\b(?:as|in|with|only)\s+"
    r"(?:a |an |valid |well-formed |single |raw |only )*JSON"
    r"(?!\s*(?:schema|parser|file|lines|api|web|endpoint))(?: format| object| array| document)?\b"
    r"|\b(?:output|response|answer|reply) (?:must|should|has to) be (?:a |valid |in )*JSON\b",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"\s*+```(?:json)?[ \t]*+\n(.*?)```\s*", re.DOTALL | re.IGNORECASE)
_BLOCK: Final = re.compile(r"```(?:json)?[ \t]*+\n(.*?)```", re.DOTALL | re.IGNORECASE)


class JsonDocuments(VerifierParams):
    """Responses that the instruction or the system prompt asks for as JSON, or whose row has a JSON Schema."""

    verifier: Literal["json"] = "json"
    fences: bool = True
    """Whether a response that is nothing but one fenced block of JSON counts as JSON."""


def compute(rows: pa.Table, params: JsonDocuments, _context: VerifierContext) -> Verdicts:
    """Judges rows whose instruction or system prompt asks for JSON, or that hold a schema there or in `reference`."""
    verdicts: dict[int, Verdict] = {}
    columns = (rows[name].to_pylist() for name in ("system", "instruction", "response", "reference", "expects"))
    for row, (system, asked, response, reference, expects) in enumerate(zip(*columns, strict=True)):
        said = f"{system or ''}\n{asked or ''}"
        schema = _schema(said, reference)
        if response and expects != "tool_call" and (schema is not None or _ASKED.search(said)):
            verdicts[row] = _judge(response, schema, params)
    return Verdicts(verdicts)


def _judge(response: str, schema: Any, params: JsonDocuments) -> Verdict:
    fenced = _FENCE.fullmatch(response) if params.fences else None
    try:
        value = read_json(fenced[1] if fenced else response)
    except BadJson as error:
        return Verdict("fail", str(error), "not_json", 0.0)
    kind = "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else "a value"
    if schema is None:
        return Verdict("pass", f"parses as JSON: {kind}; no schema to compare it with")
    try:
        problem = schema_problem(value, schema)
    except SchemaError as error:
        return Verdict("unsure", f"parses as JSON; the schema cannot be used: {error}")
    if problem:
        return Verdict("fail", problem, "schema_violated", 0.0)
    return Verdict("pass", f"parses as JSON, {kind}, and fits the schema", score=1.0)


def _schema(said: str, reference: str | None) -> Any:
    """The JSON Schema of a row: in `reference`, or as a block of the prompt; None where there is none."""
    blocks = _BLOCK.findall(said) if "```" in said else []
    for text in (reference, *blocks):
        if text and '"type"' in text and ('"properties"' in text or '"items"' in text or '"$schema"' in text):
            try:
                found = read_json(text)
            except BadJson:
                continue
            if isinstance(found, dict) and ({"properties", "items", "$schema"} & found.keys()) and "type" in found:
                return found
    return None


VERIFIER: Final = Verifier(params=JsonDocuments, reasons=REASONS, compute=compute, libraries=("jsonschema",))
