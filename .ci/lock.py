"""Write requirements.lock and bootstrap.lock: every package pinned and hashed, no index named."""

import re
import subprocess
from pathlib import Path

COMPILE = [".venv/bin/uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url",
           "--no-header", "--no-annotate", "--upgrade"]  # fmt: skip


def compiled(*args: str, stdin: str | None = None) -> str:
    """What uv prints for `args`, without the packages whose marker is `never` (see tool.uv in pyproject.toml)."""
    text = subprocess.run([*COMPILE, *args], input=stdin, check=True, capture_output=True, text=True).stdout  # noqa: S603
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return "".join(block for block in blocks if "sys_platform == 'never'" not in block.split("--hash", 1)[0])


if __name__ == "__main__":
    Path("requirements.lock").write_text(compiled("--group", "dev", "pyproject.toml"))
    Path("bootstrap.lock").write_text(compiled("-", stdin="uv\n"))
