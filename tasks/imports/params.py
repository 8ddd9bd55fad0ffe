"""What a recipe says about open datasets: where they are, and what is known of them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.core.params import NOT_IN_KEY, Params

Column = Literal[
    "instruction", "input", "response", "system", "rejected", "score", "tools", "reference", "category", "language", "topic",
    "history", "reasoning", "choices",
]  # fmt: skip


class Dataset(Params):
    """Rows that exist already: exactly one of `path` and `hub`."""

    path: Annotated[str, NOT_IN_KEY] = ""
    """A file, a folder or a glob of JSON, JSON Lines, CSV, TSV or Parquet files, also packed as .gz or .zst."""
    hub: Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?)?$")] = ""
    """A dataset of the Hugging Face hub, `org/name`; loaded once, from HF_ENDPOINT, with HF_TOKEN if it is set."""
    revision: Annotated[str, NOT_IN_KEY, Field(pattern=r"^(?:[A-Za-z0-9][\w.-]{0,199})?$")] = ""
    """The commit of it, 40 digits; a tag or a branch is looked up in every build; empty: main."""
    files: Annotated[str, NOT_IN_KEY] = ""
    """A glob of the hub's files to load, e.g. `data/train-*.parquet`; empty: all that hold data."""
    format: str = "auto"
    """The format's name, as in docs/importing.md; auto: recognised by looking at the rows."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9]?[a-z0-9_-]{0,63}$")] = ""
    """How rows name this source; empty: made from the file's or folder's name."""
    licence: str = ""
    """The rows' licence, as an SPDX name; empty: looked up by the name of well-known datasets, otherwise "unknown"."""
    origin: Literal["auto", "human", "synthetic"] = "auto"
    """Who wrote the responses; auto: looked up by the name of well-known datasets, otherwise what the format says."""
    columns: dict[Column, str] = Field(default_factory=dict)
    """For tables with columns of their own: our column's name, then the file's, `{instruction: question, response:
    answer}`."""
    encoding: str = ""
    """Encoding of text files that are neither UTF-8 nor marked by a byte order mark, e.g. cp1252."""
    disliked: Literal["refuse", "keep"] = "refuse"
    """What becomes of responses that readers marked as bad (KTO, chat logs): refused, or kept with score 0."""
    max_rows: Annotated[int | None, Field(ge=1)] = None
    """Takes at most this many rows of each file, from its beginning; empty: all."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Dataset":
        if bool(self.path) == bool(self.hub):
            raise ValueError("a dataset needs exactly one of `path` and `hub`")
        if not self.hub and (self.revision or self.files):
            raise ValueError("`revision` and `files` belong to a dataset of a `hub`")
        return self


class Imports(Params):
    """Everything that decides which rows are imported."""

    datasets: tuple[Dataset, ...] = ()
    personal_data_filtered: bool = True
    """Whether the recipe redacts personal data or drops rows with it; sessions of coding agents are read only then."""
    licences: Literal["any", "commercial-only"] = "any"
    """commercial-only: rows whose licence forbids commercial use, or of which no licence is known, are refused."""
