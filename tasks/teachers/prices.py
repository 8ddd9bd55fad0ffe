"""What models cost, and whether their outputs may train a model: read from prices.yaml, unknown where it is unknown."""

from dataclasses import dataclass
from typing import Any

from tasks.teachers.asked_model import model_name, price_list
from tasks.teachers.protocol import TeacherSettings

BATCH_FACTOR = 0.5
"""Both vendors charge half the price for batches."""
DEAREST_WRITE = 2.0
"""Anthropic charges twice the price for what it keeps for an hour (platform.claude.com, about-claude/pricing)."""


@dataclass(frozen=True)
class Price:
    """USD per million tokens."""

    tokens_in: float
    tokens_out: float
    cached: float | None = None
    """For tokens in that the vendor had in its cache of prompts; None: not known."""
    written: float | None = None
    """For tokens in that the vendor put there; None: not known."""

    def of(self, tokens_in: int, tokens_out: int, cached: int = 0, written: int = 0) -> float:
        """USD for so many tokens; `cached` and `written` are part of `tokens_in`. Where their price is not known, they count at the
        most that vendors charge: what other tokens in cost, and DEAREST_WRITE times that."""
        for_cached = self.tokens_in if self.cached is None else self.cached
        for_written = self.tokens_in * DEAREST_WRITE if self.written is None else self.written
        plain = tokens_in - cached - written
        usd = plain * self.tokens_in + cached * for_cached + written * for_written + tokens_out * self.tokens_out
        return usd / 1_000_000


@dataclass(frozen=True)
class TrainingTerms:
    """Whether a model's outputs may train another model, as far as is known."""

    licence: str
    may_train: str
    """yes, no, restricted (not for models that compete with the vendor's), or unknown."""
    source: str
    checked: str


def model_of(settings: TeacherSettings) -> str:
    """The model asked: the one named, a model file's name, or the provider's default."""
    return model_name(settings.provider, settings.model, settings.model_path)


def price_of(settings: TeacherSettings) -> Price | None:
    """The price of the model asked, the settings' own first; None if it is not known."""
    if settings.usd_per_million_in is not None and settings.usd_per_million_out is not None:
        price = Price(settings.usd_per_million_in, settings.usd_per_million_out)
    elif settings.provider == "local":
        return Price(0.0, 0.0)
    elif (entry := _entry(settings.provider, model_of(settings))) and entry.get("in") is not None:
        price = Price(float(entry["in"]), float(entry["out"]), entry.get("cached"), entry.get("written"))
    else:
        return None
    # whether a batch makes cached tokens cheaper still is not known for each vendor
    return Price(price.tokens_in * BATCH_FACTOR, price.tokens_out * BATCH_FACTOR) if settings.batch else price


def terms_of(provider: str, model: str) -> TrainingTerms:
    """What is known about training on the outputs of a model."""
    data = price_list()
    entry = _entry(provider, model) or {}
    terms = data["terms"].get(entry.get("terms"), {})
    return TrainingTerms(
        str(terms.get("licence", "unknown")),
        str(terms.get("may_train", "unknown")),
        str(terms.get("source", "unknown")),
        str(terms.get("checked", "never")),
    )


def _entry(provider: str, model: str) -> dict[str, Any] | None:
    found = price_list()["models"].get(provider, {}).get(model)
    return dict(found) if found else None
