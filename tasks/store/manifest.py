"""The records of the store, as JSON: a stage's manifest, a gate's verdict, a release, an approval, a build."""

import hashlib
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from tasks.core.errors import IntegrityError
from tasks.core.params import canonical_json

Which = Literal["kept", "rejected", "failed"]
R = TypeVar("R", bound=BaseModel)

_CHECKSUM: Final = b',\n "seal": "'


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(_Record):
    """One Parquet object of a table."""

    sha256: str
    rows: int
    size: int


class Ledger(_Record):
    """How many rows entered a stage and what became of them: rows_in + created = used + kept + rejected + failed."""

    rows_in: int
    created: int
    """Rows made here, each naming a parent."""
    used: int
    """Rows that entered and only remain as parents of rows that were made from them (a document, of its chunks); all rows that a
    generation method reads, because other stages read and account for them too."""
    kept: int
    rejected: int
    failed: int


class Spending(_Record):
    """What a stage asked of models. Answers replayed from the journal cost nothing and are not counted as requests."""

    requests: int = 0
    replayed: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0
    """None if a price was not known."""

    def plus(self, other: "Spending") -> "Spending":
        """Both together."""
        usd = None if None in (self.cost_usd, other.cost_usd) else (self.cost_usd or 0.0) + (other.cost_usd or 0.0)
        return Spending(
            requests=self.requests + other.requests,
            replayed=self.replayed + other.replayed,
            tokens=self.tokens + other.tokens,
            cost_usd=usd,
        )


class Manifest(_Record):
    """What a stage made, from which inputs, with which code and parameters. Never changed once written."""

    stage: str
    key: str
    identity: dict[str, Any]
    """Everything that the key is a hash of, so that two keys can be compared field by field."""
    sources: dict[str, str]
    """sha256 of the stage's source files, by name: shows code that changed without a new version of the stage."""
    tables: dict[Which, tuple[Part, ...]]
    ledger: Ledger
    reasons: dict[str, int]
    """Rejected rows by reason."""
    meanings: dict[str, str] = {}
    """What each of these reasons means."""
    facts: dict[str, Any]
    inputs: tuple[tuple[str, str], ...]
    """(stage, key) of the snapshots it was made from."""
    shards: tuple[str, ...] = ()
    """Keys of the shards that its rows were computed in, where the stage works by document."""
    spending: Spending = Spending()
    seconds: float
    written_at: str

    @property
    def content(self) -> str:
        """A hash of the kept rows, which goes into the next stage's key."""
        return self.content_of("kept")

    def content_of(self, which: Which) -> str:
        """A hash of the kept, rejected or failed rows."""
        return hashlib.sha256(canonical_json([part.sha256 for part in self.tables[which]]).encode()).hexdigest()

    def parts(self) -> list[Part]:
        """Every object that holds rows of the stage."""
        return [part for parts in self.tables.values() for part in parts]


class CheckResult(_Record):
    """The result of one expectation."""

    expectation: str
    column: str
    expected: str
    observed: str
    passed: bool
    why: str
    failing_ids: tuple[str, ...] = ()
    key: str = ""
    """What a recipe writes to override its threshold, `gates.mix.min_rows`; "" for one that stands fast."""
    judged: bool = True
    """False where nothing was measured, or on too few rows."""


class GateVerdict(_Record):
    """The result of a gate: of all expectations on a stage's output."""

    stage: str
    key: str
    passed: bool
    checks: tuple[CheckResult, ...]


class Approval(_Record):
    """A person's decision about a candidate for release."""

    dataset: str
    content: str
    """Hash of the candidate's rows."""
    approved: bool
    by: str
    note: str = ""
    at: str


class Release(_Record):
    """A published version: the manifests of its stages, and where its report is. A draft has this form too."""

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
    """The decision of the person who approved it, where the recipe asks for one."""
    restores: int | None = None
    """The version whose rows a rollback published again."""
    report: str = ""
    """Path of the report, relative to the store."""
    card: str = ""

    @property
    def name(self) -> str:
        """ "demo@3" or "demo@draft", as commands take it."""
        return f"{self.dataset}@{self.version or 'draft'}"


class BuildRecord(_Record):
    """What the latest build of a dataset has made so far, released or not; `gc` keeps it."""

    dataset: str
    build: str
    stages: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[str, str], ...]
    recipe: dict[str, Any] = {}


def record_bytes(record: BaseModel) -> bytes:
    """`record` as JSON; its last member, named `seal`, is the sha256 of all bytes before it."""
    body = record.model_dump_json(indent=1).removesuffix("\n}").encode()
    return body + _CHECKSUM + hashlib.sha256(body).hexdigest().encode() + b'"\n}'


def read_record(kind: type[R], path: Path) -> R:
    """The record in a file made of `record_bytes`; IntegrityError if a byte of it has changed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
    if not checksum_holds(data):
        raise IntegrityError(f"{path} is damaged; restore it from a backup, or remove it and build again")
    return kind.model_validate_json(data.rpartition(_CHECKSUM)[0] + b"\n}")


def checksum_holds(data: bytes) -> bool:
    """Whether these are exactly the bytes that `record_bytes` gave."""
    body, _, checksum = data.rpartition(_CHECKSUM)
    return checksum == hashlib.sha256(body).hexdigest().encode() + b'"\n}'
