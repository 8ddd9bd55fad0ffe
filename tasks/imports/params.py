"""What a recipe says about open datasets: where they are, and what is known of them."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.core.params import NOT_IN_KEY, Params

Column = Literal["instruction", "input", "response", "system", "rejected", "score", "tools", "category", "language"]


class Dataset(Params):
    """Rows that exist already: a file, a folder or a glob of files."""

    path: Annotated[str, NOT_IN_KEY]
    """JSON, JSON Lines, CSV, TSV or Parquet, also as .gz or .zst. What is found there counts, not where it is."""
    format: str = "auto"
    """A name from `tasks.imports.formats.FORMATS`; auto: recognised by looking at the rows, and said."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9]?[a-z0-9_-]{0,63}$")] = ""
    """How rows name this source; empty: made from the file's or folder's name."""
    licence: str = ""
    """As an SPDX name; empty: looked up among known datasets by name, otherwise "unknown"."""
    origin: Literal["auto", "human", "synthetic"] = "auto"
    """Who wrote the responses; auto: looked up, or as the format says."""
    columns: dict[Column, str] = Field(default_factory=dict)
    """Our column → the file's, for tables of their own kind: `columns: {instruction: question, response: answer}`."""
    encoding: str = ""
    """Of text files that are neither UTF-8 nor marked by a byte order mark, e.g. cp1252."""
    disliked: Literal["refuse", "keep"] = "refuse"
    """Responses that readers marked as bad (KTO, chat logs): refused, or kept with score 0."""
    max_rows: Annotated[int | None, Field(ge=1)] = None
    """Take at most so many rows of each file, the first."""


class Imports(Params):
    """Everything that decides which rows are imported."""

    datasets: tuple[Dataset, ...] = ()
    licences: Literal["any", "commercial-only"] = "any"
    """commercial-only: rows whose licence forbids commercial use, or of which no licence is known, are refused."""
