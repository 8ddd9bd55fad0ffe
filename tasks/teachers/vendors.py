"""Which provider, key and address belong to which settings."""

import os
from typing import Final

from tasks.core.errors import BadInput
from tasks.core.redaction import has_credentials, plain_address
from tasks.teachers.asked_model import ADDRESSES, base_url
from tasks.teachers.http import is_loopback
from tasks.teachers.prices import price_of
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.teachers.provider import Provider

KEYS: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


def check(settings: TeacherSettings, budget: Budget = Budget()) -> None:  # noqa: B008
    """BadInput if this teacher cannot be asked: no provider, key or model file, or a budget in money without a known price.

    Sends nothing and imports no SDK.
    """
    if settings.provider == "none":
        raise BadInput("teacher.provider is none: no model was named to ask; set it to openai, anthropic or local")
    if settings.provider == "local":
        from tasks.teachers.local import model_file

        model_file(settings.model_path)
    elif not key_of(settings) and not is_loopback(_base_url(settings)):
        variable = KEYS[settings.provider]
        raise BadInput(f"teacher.provider {settings.provider} needs a key: set the environment variable {variable}")
    if has_credentials(_base_url(settings)):
        raise BadInput(
            f"the environment variable {ADDRESSES[settings.provider]} holds an address with a password or key in it; give the "
            f"address alone, and the key in {KEYS[settings.provider]}"
        )
    if (settings.usd_per_million_in is None) != (settings.usd_per_million_out is None):
        raise BadInput("teacher.usd_per_million_in and teacher.usd_per_million_out belong together; give both")
    if budget.usd is not None and price_of(settings) is None:
        raise BadInput(
            f"budget.usd cannot be kept: the price of {settings.model} is not known; set teacher.usd_per_million_in and "
            "teacher.usd_per_million_out, or limit budget.requests or budget.tokens instead"
        )


def key_of(settings: TeacherSettings) -> str:
    """The API key from the environment; empty if there is none."""
    key = os.environ.get(KEYS.get(settings.provider, ""), "").strip()
    if not key.isprintable() or not key.isascii():
        variable = KEYS[settings.provider]
        raise BadInput(f"the environment variable {variable} holds characters that no key has; set it again")
    return key


def address_of(settings: TeacherSettings) -> str:
    """Where the provider listens, without user, password and query; empty for the vendor's own address."""
    return plain_address(_base_url(settings))


def concurrency_of(settings: TeacherSettings) -> int:
    """The most requests in flight."""
    if settings.provider == "local":
        from tasks.teachers.local import CONCURRENCY

        return min(CONCURRENCY, settings.concurrency)
    return settings.concurrency


def provider_of(settings: TeacherSettings) -> Provider:
    """The provider of these settings; imports its SDK or loads its model."""
    key, address, timeout = key_of(settings), _base_url(settings), settings.timeout_seconds
    most_bytes = settings.longest_answer_mb * 2**20
    match settings.provider:
        case "openai":
            from tasks.teachers.openai import OpenAIProvider

            return OpenAIProvider(key, address, settings.concurrency, timeout, most_bytes)
        case "anthropic":
            from tasks.teachers.anthropic import AnthropicProvider

            return AnthropicProvider(key, address, settings.concurrency, timeout, most_bytes)
        case "local":
            from tasks.teachers.local import local_provider

            return local_provider(settings.model_path, timeout, most_bytes)
    raise BadInput("teacher.provider is none: there is no model to ask")


def _base_url(settings: TeacherSettings) -> str:
    return base_url(settings.provider, settings.base_url)
