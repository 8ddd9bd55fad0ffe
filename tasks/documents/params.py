"""What a recipe says about its documents: where they are, and how they are cut."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.core.params import NOT_IN_KEY, Params


class Source(Params):
    """One source of documents: exactly one of `path` and `pydoc`."""

    path: str = ""
    """A file, a folder (searched to its depths) or a glob; relative to the recipe, or absolute.
    Formats by suffix: .txt .md .mdx .html .htm .csv .tsv .json .jsonl .ndjson, each also packed as .gz .zst .bz2; .epub;
    with the extra `office` .pdf .docx .pptx .xlsx; .zip and entities.xml as Confluence exports them."""
    pydoc: Literal["", "topics"] = ""
    """"topics": the language reference that comes with Python, one document a topic."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9]?[a-z0-9_-]{0,63}$")] = ""
    """How rows name this source; empty: made from the file's or folder's name."""
    licence: str = "unknown"
    """The documents' licence, as an SPDX name or in words; every row made from them carries it."""
    reader: Annotated[str, Field(pattern=r"^(?:[A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")] = ""
    """A reader of your own, "module:function", for all files of the source, whatever their suffix; docs/documents.md."""
    column: str = ""
    """The column or key that holds the text, in files of records (CSV, TSV, JSON, JSONL); empty: text, content, body or
    the like, whichever is there."""
    title: str = ""
    """Title of the documents, where their text has none; of records, where they have no column `title`."""
    max_bytes: Annotated[int, Field(ge=1)] = 50_000_000
    """Files with more bytes, once unpacked, are rejected."""
    max_documents: Annotated[int | None, Field(ge=1)] = None
    """Takes at most this many documents, in the order of their paths; empty: all."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Source":
        if bool(self.path) == bool(self.pydoc):
            raise ValueError("a source needs exactly one of `path` and `pydoc`")
        return self


class Chunking(Params):
    """How documents are cut into chunks. Sentences, code blocks and tables are never cut."""

    target_words: Annotated[int, Field(ge=20, le=5000)] = 220
    """Words in a chunk: a longer section is cut into equal parts of about this length."""
    max_words: Annotated[int, Field(ge=20, le=10_000)] = 400
    """Words that no chunk exceeds, unless a single sentence, code block or table does."""
    max_depth: Annotated[int, Field(ge=8, le=10_000)] = 256
    """Levels of nesting; HTML that is nested deeper is rejected (browsers stop at 512)."""
    documents_at_once: Annotated[int, NOT_IN_KEY, Field(ge=1)] = 64
    """Documents that are read between two reports of progress."""

    @model_validator(mode="after")
    def _ordered(self) -> "Chunking":
        if self.max_words < self.target_words:
            raise ValueError(f"max_words ({self.max_words}) is smaller than target_words ({self.target_words})")
        return self
