"""What stages and models exchange: requests, completions and failures; and `Teacher`, which turns one into the other."""

from collections.abc import Sequence
from types import TracebackType
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Field, field_validator

from tasks.core.params import NOT_IN_KEY, Params
from tasks.core.redaction import has_credentials
from tasks.teachers.asked_model import model_name, where

ProviderName = Literal["none", "openai", "anthropic", "local"]


class Patience(Params):
    """How long a teacher is waited for before a request fails or the teacher counts as down."""

    backoff_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 0.5
    """Seconds of the first wait after a rejected request; each further wait is twice as long."""
    longest_backoff_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 30.0
    """Seconds beyond which a wait no longer doubles."""
    longest_retry_after_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 120.0
    """Seconds up to which a server's Retry-After is obeyed; after that the request is sent again anyway."""
    attempts: Annotated[int, NOT_IN_KEY, Field(ge=1)] = 5
    """Errors or unusable answers after which one request fails while others are answered."""
    rounds: Annotated[int, NOT_IN_KEY, Field(ge=1)] = 6
    """Rounds of waiting without any answer to any request after which the teacher counts as down and the build stops."""
    poll_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 30.0
    """Seconds between two looks at a batch (`teacher.batch`)."""


class TeacherSettings(Params):
    """Which model writes, and how it is asked. Secrets are not here: they come from the environment."""

    provider: ProviderName = "none"
    """Who runs the model: openai and anthropic (or a server that speaks their protocol), local (a model file in this
    process), none."""
    model: str = ""
    """The model's name; empty: the provider's default, as listed in tasks/teachers/prices.yaml."""
    base_url: Annotated[str, NOT_IN_KEY] = ""
    """Address of a server that speaks OpenAI's or Anthropic's protocol; empty: the vendor's own."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Sampling temperature: 0 gives the likeliest answer, more gives more varied ones."""
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    """Tokens an answer may have. One that is cut off is asked for once more with more room, and never used as it is."""
    concurrency: Annotated[int, NOT_IN_KEY, Field(ge=1, le=1024)] = 16
    """Requests in flight at most; fewer while the server answers slowly or refuses."""
    timeout_seconds: Annotated[float, NOT_IN_KEY, Field(gt=0)] = 120.0
    """Seconds without an answer after which a request is sent again."""
    longest_answer_mb: Annotated[int, NOT_IN_KEY, Field(ge=1, le=1024)] = 16
    """Megabytes that a server's answer may have, unpacked; a longer one is not read to its end."""
    requests_per_minute: Annotated[int, NOT_IN_KEY, Field(ge=0)] = 0
    """Requests a minute at most; 0: no limit but the server's own."""
    tokens_per_minute: Annotated[int, NOT_IN_KEY, Field(ge=0)] = 0
    """Tokens a minute at most, sent and received; 0: no limit but the server's own."""
    batch: Annotated[bool, NOT_IN_KEY] = False
    """Use the vendor's batch mode: half the price, answers within hours."""
    model_path: Annotated[str, NOT_IN_KEY] = ""
    """For `local`: a GGUF file to use instead of the packaged model; `model` then names it in rows and report."""
    usd_per_million_in: Annotated[float | None, NOT_IN_KEY, Field(ge=0)] = None
    """Dollars for a million tokens sent, where the price list does not know the model or yours differs."""
    usd_per_million_out: Annotated[float | None, NOT_IN_KEY, Field(ge=0)] = None
    """Dollars for a million tokens received; give both prices or neither."""
    patience: Annotated[Patience, NOT_IN_KEY] = Patience()

    def identity(self) -> dict[str, Any]:
        """What goes into a cache key: the model that is meant by no name too, and where it is."""
        if self.provider == "none":
            return super().identity()
        return super().identity() | {
            "model": model_name(self.provider, self.model, self.model_path),
            "where": where(self.provider, self.base_url, self.model_path),
        }

    @field_validator("base_url")
    @classmethod
    def _no_secret(cls, address: str) -> str:
        if has_credentials(address):
            raise ValueError(
                "an address with a password or key in it would be written down with the recipe; give the address alone, and "
                "the key in the environment"
            )
        return address


class Budget(Params):
    """The most that a build may spend; None: no limit. Checked before sending, with requests in flight at their highest cost."""

    usd: Annotated[float | None, NOT_IN_KEY, Field(ge=0)] = None
    """Dollars the build may spend; empty: no limit."""
    requests: Annotated[int | None, NOT_IN_KEY, Field(ge=0)] = None
    """Requests the build may send, those included that are refused or get no answer; empty: no limit."""
    tokens: Annotated[int | None, NOT_IN_KEY, Field(ge=0)] = None
    """Tokens the build may use, sent and received; empty: no limit."""


class Message(Params):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


class Request(Params):
    """One request to a model. Equal requests are sent once and share the answer."""

    messages: tuple[Message, ...]
    system: str = ""
    json_schema: dict[str, Any] | None = None
    """If given, the answer must be JSON that this schema accepts; `Completion.data` then holds it."""
    sample: int = 0
    """A number that makes otherwise equal requests different, for several answers to one prompt."""
    max_tokens: int | None = None
    temperature: float | None = None
    """None: as the settings say."""
    choices: tuple[str, ...] = ()
    """Words of which one is to be the answer, in lower case: `Completion.probabilities` then says how likely each was, where the
    server gives log-probabilities. OpenAI's protocol and the local model do, Anthropic's has none."""


class Completion(Params):
    """A complete answer."""

    request_hash: str
    text: str
    """Without the reasoning before it."""
    reasoning: str = ""
    """What the model wrote to itself before it answered, where the server or a leading `<think>` block shows it."""
    data: Any = None
    """The parsed JSON, where the request had a schema."""
    probabilities: dict[str, float] | None = None
    """How likely each of the request's `choices` was, of all of them together; None where the server doesn't say."""
    finish: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """None: the model's price is not known."""
    replayed: bool
    """The answer came from the journal: nothing was sent or paid."""


class Failure(Params):
    """A request that got no usable answer in all its attempts."""

    request_hash: str
    error: str
    """One line: a code and what happened, e.g. "length: cut off at 1024 tokens"."""
    refused: bool = False


class Teacher(Protocol):
    """A model that can be asked. `name` is provider/model, as in the column `teacher` of the rows it writes."""

    name: str

    def ask(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """Answers in the order of the requests. Raises BudgetReached, TeacherDown or BadInput (no key, quota spent)."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
