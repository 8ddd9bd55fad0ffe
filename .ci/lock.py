"""Write the lock files: every package pinned and hashed, no index named.

requirements.lock            what the product needs
requirements-dev.lock        what tests and checks need beside that, the extras that they try among it
deployments/image.lock       what the image needs beside that
bootstrap.lock               what installs all of these
"""

import re
import subprocess
from pathlib import Path

COMPILE = [".venv/bin/uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url",
           "--no-header", "--no-annotate"]  # fmt: skip
TESTED = ("dask", "local", "minilm", "office", "redis", "s3", "syntax")
"""Extras that the tests use."""
IMAGE = ("local", "office", "redis", "s3")
"""Extras in the image."""


def compiled(*args: str, stdin: str | None = None) -> list[str]:
    """A block of text per package for `args`, without those whose marker is `never` (see tool.uv in pyproject.toml)."""
    text = subprocess.run([*COMPILE, *args], input=stdin, check=True, capture_output=True, text=True).stdout  # noqa: S603
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return [block for block in blocks if block and "sys_platform == 'never'" not in block.split("--hash", 1)[0]]


def beside(extras: tuple[str, ...], *groups: str) -> str:
    """What `extras` and `groups` add to requirements.lock, none of whose versions they change."""
    named = [f"--extra={extra}" for extra in extras] + [f"--group={group}" for group in groups]
    common = set(Path("requirements.lock").read_text().splitlines())
    blocks = compiled("--constraints", "requirements.lock", *named, "pyproject.toml")
    return "".join(block for block in blocks if block.splitlines()[0] not in common)


if __name__ == "__main__":
    Path("requirements.lock").write_text("".join(compiled("--upgrade", "pyproject.toml")))
    Path("requirements-dev.lock").write_text(beside(TESTED, "dev"))
    Path("deployments/image.lock").write_text(beside(IMAGE))
    Path("bootstrap.lock").write_text("".join(compiled("--upgrade", "-", stdin="uv\nhatchling\neditables\n")))
