"""The records of the store, as JSON: what a stage made, what a gate said, what was released."""

import hashlib
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from tasks.core.errors import IntegrityError
from tasks.core.params import canonical_json

Which = Literal["kept", "rejected", "failed"]
R = TypeVar("R", bound=BaseModel)

_SEAL: Final = b',\n "seal": "'


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(_Record):
    """One Parquet object of a table."""

    sha256: str
    rows: int
    size: int


class Ledger(_Record):
    """The account of a stage's rows: rows_in + created = passed on + used up + rejected + failed."""

    rows_in: int
    created: int
    """Rows made here, each naming a parent."""
    used: int
    """Rows that came in and live on only in what was made from them (a document, in its chunks)."""
    kept: int
    rejected: int
    failed: int


class Spending(_Record):
    """What a stage asked of models. Replayed answers cost nothing and are not counted as requests."""

    requests: int = 0
    replayed: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0
    """None: a price was not known."""


class Manifest(_Record):
    """What a stage made from what, by which code and parameters. Immutable once written."""

    stage: str
    key: str
    identity: dict[str, Any]
    """Everything the key was made from, in the clear, so that two keys can be compared field by field."""
    sources: dict[str, str]
    """sha256 of the files of the stage's code: tells when code changed and its version was not raised."""
    tables: dict[Which, tuple[Part, ...]]
    ledger: Ledger
    reasons: dict[str, int]
    facts: dict[str, Any]
    inputs: tuple[tuple[str, str], ...]
    """(stage, key) of the snapshots it was made from."""
    shards: tuple[str, ...] = ()
    """Keys of the shards it was put together from, where the stage works by document."""
    spending: Spending = Spending()
    seconds: float
    written_at: str

    @property
    def content(self) -> str:
        """A hash of the kept rows: what the next stage's key stands on."""
        return hashlib.sha256(canonical_json([part.sha256 for part in self.tables["kept"]]).encode()).hexdigest()

    def parts(self) -> list[Part]:
        """Every object that belongs to the stage."""
        return [part for parts in self.tables.values() for part in parts]


class CheckResult(_Record):
    """What one expectation saw."""

    expectation: str
    column: str
    expected: str
    observed: str
    passed: bool
    why: str
    failing_ids: tuple[str, ...] = ()


class GateVerdict(_Record):
    """What a gate said of a stage's output."""

    stage: str
    key: str
    passed: bool
    checks: tuple[CheckResult, ...]


class Approval(_Record):
    """What a person decided about a candidate."""

    dataset: str
    content: str
    """Hash of the rows that were decided about."""
    approved: bool
    by: str
    note: str = ""
    at: str


class Release(_Record):
    """A published version: the manifests it stands on, and where its report is. The draft of a dataset has this form too."""

    dataset: str
    version: int
    """From 1 on; 0: the draft, what the latest build made, released or not."""
    stages: tuple[tuple[str, str], ...]
    """(stage, key) from first to last; the last but one of them holds the rows."""
    verdicts: tuple[tuple[str, str], ...]
    rows: int
    content: str
    """Hash of the released rows."""
    recipe: dict[str, Any]
    build: str
    """Name of the build that published it."""
    published_at: str
    previous: int | None = None
    approval: Approval | None = None
    """Who approved it, where the recipe asks for that."""
    restores: int | None = None
    """The version whose rows a rollback put back in front."""
    report: str = ""
    """Path of the report, relative to the store."""
    card: str = ""

    @property
    def name(self) -> str:
        """ "demo@3" or "demo@draft", as commands take it."""
        return f"{self.dataset}@{self.version or 'draft'}"


class BuildRecord(_Record):
    """What the latest build of a dataset has made so far, released or not: clearing up leaves it alone."""

    dataset: str
    build: str
    stages: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[str, str], ...]
    recipe: dict[str, Any] = {}


def record_bytes(record: BaseModel) -> bytes:
    """`record` as JSON; its last member, `seal`, is the sha256 of all that stands before it."""
    body = record.model_dump_json(indent=1).removesuffix("\n}").encode()
    return body + _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"\n}'


def read_record(kind: type[R], path: Path) -> R:
    """The record in a file that `record_bytes` wrote; IntegrityError if a byte of it has changed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
    if not checksum_holds(data):
        raise IntegrityError(f"{path} is damaged; restore it from a backup, or remove it and build again")
    return kind.model_validate_json(data.rpartition(_SEAL)[0] + b"\n}")


def checksum_holds(data: bytes) -> bool:
    """Whether these are the bytes that `record_bytes` wrote, each of them."""
    body, _, seal = data.rpartition(_SEAL)
    return seal == hashlib.sha256(body).hexdigest().encode() + b'"\n}'
