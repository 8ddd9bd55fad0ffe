"""One build in a hostile world: its documents, their names, its model's answers and its errors are all payloads, and its keys
are canaries that the model's server sends back."""

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli.main import cli
from tests.cli.commands import Ran, Run
from tests.security.payloads import EVERY
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen

CANARIES = {
    "OPENAI_API_KEY": "sk-canary-7Qx9vBn2LkJ4hG6f/dS+8aPz",
    "ANTHROPIC_API_KEY": "canaryanthropic5Tg7Yh9Uj3Ik",
    "PREFECT_API_AUTH_STRING": "admin:canaryprefect2Wd4Rf6Tg",
    "HTTP_PROXY_UNUSED": "http://somebody:canaryproxy8Mn6Bv4C@127.0.0.1:9/",
}
SAID = "The {n} widget weighs {n} grams, is made of brass, and fits into the left side of the frame."


@dataclass(frozen=True)
class World:
    """Everything the build could have written to."""

    folder: Path
    store: Path
    ran: Ran

    def look(self, *arguments: str | Path) -> Ran:
        """A command that only reads, in this process."""
        said = CliRunner().invoke(cli, [*map(str, arguments), "--store", str(self.store)], terminal_width=100)
        return Ran(said.exit_code, said.stdout, said.stderr or repr(said.exception))


@pytest.fixture(scope="session")
def hostile(instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("home", "temporary", "docs"):
        (folder / name).mkdir()
    for number, payload in enumerate(EVERY):
        name = re.sub(r"[/\x00]", "", payload).encode()[:150].decode(errors="ignore")
        text = f"# {payload}\n\n{SAID.format(n=number)}\n\n{payload}\n"
        (folder / "docs" / f"{number:03} {name}.md").write_bytes(text.encode("utf-8", "replace").replace(b"\x00", b""))
    (folder / "docs" / "secret.md").write_text(f"# Keys\n\nThe key is {CANARIES['OPENAI_API_KEY']}.\n")
    surroundings = {
        **CANARIES,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "temporary"),
        "PREFECT_API_URL": None,
        "PREFECT_HOME": None,
    }
    with ModelServer() as server:
        server.reply = writer
        recipe = folder / "hostile.yaml"
        recipe.write_text(
            "dataset: hostile\n"
            f"documents: [{{path: '{folder}/docs', licence: '<b>MIT</b>', name: manual, title: '<script>alert(1)</script>'}}]\n"
            f"teacher: {{provider: openai, model: m, base_url: '{server.openai_url}', concurrency: 4}}\n"
            "generate: [{method: templates}, {method: taxonomy, topics: 12, instructions: 2, passes: 1}]\n"
            "gates: {clusters: {max_cluster_share: 1}, inventory: {max_unreadable_share: 0.9}, filters: {max_rejected_share: 1},"
            " documents: {max_rejected_share: 1}}\n"
            'description: "<img src=x onerror=alert(1)> [red]x[/red]"\n'
        )

        ran = instructory("build", recipe, "--json", "--store", folder / "store", cwd=folder, env=surroundings)
        yield World(folder, folder / "store", ran)


def writer(seen: Seen) -> Any:
    """A model that says payloads, and whose server sends keys back: in answers, and every seventh time in an error."""
    number = int(seen.hash[:6], 16)
    payload, key = EVERY[number % len(EVERY)], seen.headers["authorization"]
    if number % 7 == 0 and not getattr(writer, "spared", set()) & {seen.hash}:
        writer.spared = getattr(writer, "spared", set()) | {seen.hash}  # type: ignore[attr-defined]
        return Reply(status=500, message=f"no luck with {key}: {base64.b64encode(key.encode()).decode()}")
    if "You plan what can be learned" in seen.system:
        return {"topics": [f"widget {n} {EVERY[n]}" for n in range(0, 60, 5)]}
    if topic := re.search(r"<topic-\w+>\nwidget (\d+)", seen.prompt):
        asked = f"What does the manual of the {topic[1]} widget say of its weight, and of its place"
        shape = {"category": "explanation", "difficulty": "easy"}
        return {
            "instructions": [
                {"instruction": f"{asked}? {payload}", **shape},
                {"instruction": f"{asked} {topic[1]}?", **shape},
            ]
        }
    said = re.findall(r"<passage-\w+ (\d+)>.*?(The \d+ widget weighs[^.]*\.)", seen.prompt, re.DOTALL)
    if not said:
        return {"abstain": True, "answer": "", "citations": []}
    echoed = f" (sent with {key})" if number % 3 == 0 else f" {payload}" if number % 3 == 1 else ""
    return {"abstain": False, "answer": f"{said[0][1]}{echoed} [{said[0][0]}]", "citations": [int(said[0][0])]}


def forms(secret: str) -> list[bytes]:
    """A secret as it may have been written: plain, in an address, and in base64 wherever it begins there."""
    data = secret.encode()
    found = {data, quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        found |= {encoded[4:-4], base64.urlsafe_b64encode(b"\0" * before + data)[4:-4]}
    return sorted(found)


def secrets() -> dict[str, list[bytes]]:
    """Every canary, whole and as the password in it, in every form."""
    parts = {
        "openai": CANARIES["OPENAI_API_KEY"],
        "anthropic": CANARIES["ANTHROPIC_API_KEY"],
        "prefect": CANARIES["PREFECT_API_AUTH_STRING"].partition(":")[2],
        "proxy": "canaryproxy8Mn6Bv4C",
    }
    return {name: forms(value) for name, value in parts.items()}


def leaks(*folders: Path, sparing: Path | None = None) -> list[str]:
    """Files below `folders` that hold a canary; Parquet is unpacked for it."""
    found = []
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        if sparing is not None and path == sparing:
            continue
        data = os.fsencode(path) + path.read_bytes()
        if path.suffix == ".parquet":
            data += repr(pq.read_table(path).to_pylist()).encode("utf-8", "surrogatepass")
        found += [f"{name} in {path}" for name, shapes in secrets().items() if any(shape in data for shape in shapes)]
    return found
