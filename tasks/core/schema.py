"""The tables that travel between stages: inventory → chunks → examples.

Flat columns, so that everything vectorises. The first column of a schema is the identity of its rows, and `PARENT` names
the column that says which row of the stage before a row was made from; the ledger is computed from these two.
"""

import hashlib
from typing import Any, Final

import pyarrow as pa

Row = dict[str, Any]
"""A row by column; absent columns are null."""

SPAN: Final = pa.struct([("chunk_id", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
"""Part of a chunk's text: characters [start, end)."""

MESSAGE: Final = pa.struct(
    [
        ("role", pa.string()),  # system | user | assistant | tool
        ("content", pa.string()),
        ("name", pa.string()),  # of who speaks; of a tool's turn, the tool
        (
            "tool_calls",
            pa.string(),
        ),  # JSON text: [{id where one was given, name, arguments}]; arguments differ from tool to tool
        ("tool_call_id", pa.string()),  # of a tool's turn: the call that it answers
        ("reasoning", pa.string()),  # what the assistant thought before it spoke
        ("masked", pa.bool_()),  # true: the turn is context and must not be learnt
    ]
)
"""One turn of a conversation."""

OFFSET: Final = pa.struct(
    [("text", pa.int32()), ("raw", pa.int64()), ("length", pa.int32()), ("raw_length", pa.int32())]
)
"""Characters [text, text+length) of a chunk were made from characters [raw, raw+raw_length) of the decoded raw document, or of the
text that was read from it where it is none (PDF and the like).
Where length == raw_length the two advance together, character by character."""

EDIT: Final = pa.struct([(name, pa.string()) for name in ("rule", "column", "before", "after")])
"""One cleaning rule that changed one text; the text before and after as the first 16 digits of its sha256."""

REVIEW: Final = pa.struct(
    [
        ("reviewer", pa.string()),
        ("word", pa.string()),  # accept | edit | reject | prefer
        ("at", pa.string()),  # ISO 8601 in UTC
        ("reason", pa.string()),  # of a rejection: a key of `tasks.review.decisions.REASONS`
        ("preferred", pa.string()),  # of a preference: response | rejected | tie
        ("criteria", pa.string()),  # JSON text: the level that the reviewer gave, by criterion
        ("note", pa.string()),
        ("before", pa.string()),  # the state of the row that was decided about: its `origin_hash`
        ("after", pa.string()),  # the state that it is in since; null where its text did not change
        ("guideline", pa.string()),  # sha256 of the guideline that the reviewer was shown
    ]
)
"""What one person decided about a row."""

INVENTORY: Final = pa.schema(
    [
        ("document_id", pa.string()),  # sha256 of source, path and record: stable while the content changes
        ("source", pa.string()),  # the name the recipe gives the source
        ("path", pa.string()),  # where it was found, relative to the source's folder; or "pydoc:NAME"
        ("record", pa.int64()),  # row number in a CSV or JSONL file, from 0; null for whole-file documents
        ("field", pa.string()),  # the text column of that row; null for whole-file documents
        ("media_type", pa.string()),  # text/plain, text/markdown, text/html, text/csv, application/jsonl
        ("raw_sha256", pa.string()),  # the raw bytes, kept in the store under this name
        ("raw_bytes", pa.int64()),
        ("title", pa.string()),  # as the recipe states it; empty: the text's own
        ("licence", pa.string()),  # as the recipe states it; "unknown" otherwise
    ]
)

CHUNK: Final = pa.schema(
    [
        ("chunk_id", pa.string()),  # sha256 of document_id and position
        ("document_id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("record", pa.int64()),
        ("field", pa.string()),
        ("media_type", pa.string()),
        ("raw_sha256", pa.string()),
        ("encoding", pa.string()),  # how the raw bytes became text: an encoding, or the library that read them
        ("licence", pa.string()),
        ("title", pa.string()),  # the document's title
        ("headings", pa.list_(pa.string())),  # from the outermost to the one right above the chunk
        ("kind", pa.string()),  # prose, code, grammar, list, table: what most of the chunk is
        ("location", pa.string()),  # page and paragraph, slide, sheet or chapter; null for documents that are text
        ("position", pa.int32()),  # ordinal in the document
        ("start", pa.int64()),  # characters of the document's cleaned text
        ("end", pa.int64()),
        ("text", pa.string()),
        ("offsets", pa.list_(OFFSET)),
        ("flags", pa.list_(pa.string())),  # "instruction_like": the text tries to instruct a model
    ]
)

EXAMPLE: Final = pa.schema(
    [
        # identity
        ("example_id", pa.string()),  # given at birth, never changes
        ("parent_id", pa.string()),  # the chunk or the example it was made from
        ("content_hash", pa.string()),  # sha256 over the text columns; filled in by the stage contract
        # text
        ("system", pa.string()),
        ("history", pa.list_(MESSAGE)),  # turns before `instruction`; after a user turn without content, those behind
        ("instruction", pa.string()),
        ("reasoning", pa.string()),  # what the writer of `response` thought before it, where that was given
        ("response", pa.string()),
        ("rejected", pa.string()),  # the losing response of a preference pair
        ("score", pa.float64()),  # of a reward row
        ("rationale", pa.string()),  # why the response has its score, or is preferred to `rejected`, as the judge says
        ("tools", pa.string()),  # JSON text: the tools the conversation may call
        # provenance
        ("source", pa.string()),
        ("origin", pa.string()),  # human | synthetic: who wrote the response
        ("method", pa.string()),  # template, taxonomy, reverse, …: where the instruction came from
        ("answer_method", pa.string()),  # extractive, rag, human
        ("operator", pa.string()),  # the evolution operator; null if not evolved
        ("teacher", pa.string()),  # provider/model; null where no model wrote anything
        ("prompt_source", pa.string()),  # the template or prompt text used, as name@hash
        ("persona", pa.string()),  # the role that the writer was given
        ("requests", pa.list_(pa.string())),  # journal hashes of the calls that made this row
        ("evidence", pa.list_(SPAN)),
        ("record", pa.int64()),  # number of the record in the dataset file `parent_id` names; null for rows made here
        ("licence", pa.string()),
        ("generation", pa.int32()),  # how many models deep: 0 = no model wrote it
        # what is asked
        ("expects", pa.string()),  # the kind of answer: definition, purpose, example, grammar, quote, tool_call, …
        ("constraints", pa.list_(pa.string())),  # verifiable constraints on the response, e.g. "max_words:40"
        ("topic", pa.string()),
        ("category", pa.string()),  # the kind of task: explanation, comparison, extraction, writing, …
        ("difficulty", pa.string()),  # easy | medium | hard
        ("language", pa.string()),  # ISO 639-1
        # what can be checked
        ("reference", pa.string()),  # the right answer, as known: a number, a term, a query, a text
        (
            "tests",
            pa.string(),
        ),  # program text that fails where the response's program is wrong, in the program's language
        ("attempts", pa.int32()),  # answers that were tried before this one stood; 1: the first did
        ("pass_rate", pa.float64()),  # share of the answers tried that were right, 0 … 1
        ("weight", pa.float64()),  # how much the row counts in training; null: 1
        # what people said
        ("reviews", pa.list_(REVIEW)),  # what reviewers decided, by its states and their times
    ]
)

CLEANED: Final = pa.schema(
    [
        *EXAMPLE,
        ("changes", pa.list_(pa.string())),  # cleaning rules that changed the row, as rule:column
        ("edits", pa.list_(EDIT)),  # each change, in order
    ]
)

FILTERED: Final = pa.schema(
    [
        *CLEANED,
        ("pii", pa.list_(pa.string())),  # entity types found, as TYPE:column
        ("refusal", pa.string()),  # "harm": the response refuses something harmful
        ("toxicity", pa.float64()),  # of what the assistant says, 0 … 1
        ("harm", pa.float64()),  # whether the response complies with a request for harm, 0 … 1
        ("grounding", pa.float64()),  # share of the response's content words that stand in its evidence
        ("contamination", pa.float64()),  # largest share of a benchmark item's tokens found in the row
        ("duplicates", pa.int32()),  # rows that were dropped as duplicates of this one
    ]
)

VERDICT: Final = pa.struct(
    [
        ("verifier", pa.string()),  # the entry under `verify`
        ("verdict", pa.string()),  # pass | fail | unsure
        ("score", pa.float64()),  # 0 … 1, where the verifier has a scale
        ("why", pa.string()),  # one line
        ("model", pa.string()),  # provider/model, where a model judged
        ("requests", pa.list_(pa.string())),  # journal hashes of the calls made for it
    ]
)
"""What one verifier said of a row."""

EXECUTION: Final = pa.struct(
    [
        ("what", pa.string()),  # python, javascript, sql, …
        ("passed", pa.int32()),  # tests that passed
        ("failed", pa.int32()),
        ("detail", pa.string()),  # the first failing assertion or error
    ]
)
"""One thing that was run for a row."""

VERIFIED: Final = pa.schema(
    [
        *FILTERED,
        ("verdicts", pa.list_(VERDICT)),  # of each verifier that looked at the row, in their order
        ("executed", pa.list_(EXECUTION)),
        ("domain", pa.string()),  # by name: code, mathematics, chat, creative writing, or one of the recipe's
        ("perplexity", pa.float64()),  # of the response, per token, by the embedded model
    ]
)

CLUSTERED: Final = pa.schema(
    [
        *VERIFIED,
        ("cluster", pa.int32()),  # K-Means cluster over the instruction's embedding
        ("cluster_size", pa.int32()),
        ("theme", pa.int32()),  # BERTopic's topic number; -1 = outlier
        ("theme_label", pa.string()),  # readable: the topic's most typical words
        ("split", pa.string()),  # train, validation or test; null where the recipe asks for none
    ]
)

REASON: Final = [("reason", pa.string()), ("detail", pa.string())]
"""Columns added to rejected rows: a code from `tasks.core.reasons.REASONS`, and what it applies to."""

ERROR: Final = [("error", pa.string())]
"""Column added to failed rows: one line."""

PARENT: Final = {"document_id": "source", "chunk_id": "document_id", "example_id": "parent_id"}

FORMER_NAMES: Final = {"prompt": "prompt_source"}
"""Columns of releases of earlier versions, and what they are called today. Trainers took `prompt` for the instruction."""

VARIANT_METHODS: Final = ("paraphrase", "substitutions", "back_translation")
"""Methods whose rows say on purpose what their parent says, and keep its response."""

TEXT_COLUMNS: Final = ("system", "history", "instruction", "reasoning", "response", "rejected", "score", "tools")


def rejected(schema: pa.Schema) -> pa.Schema:
    """The schema of the rejected rows of a stage whose kept rows have `schema`."""
    return pa.schema([*schema, *REASON])


def failed(schema: pa.Schema) -> pa.Schema:
    """The schema of the failed rows of a stage whose kept rows have `schema`."""
    return pa.schema([*schema, *ERROR])


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` with exactly the columns of `schema`, in its order; absent columns become nulls, others are dropped."""
    columns = [
        table.column(f.name).cast(f.type) if f.name in table.column_names else pa.nulls(table.num_rows, f.type)
        for f in schema
    ]
    return pa.table(columns, schema=schema)


def stable_id(*parts: str) -> str:
    """A 32-digit hexadecimal id that depends on nothing but `parts`, in order."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:32]
