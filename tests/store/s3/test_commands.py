"""`--store s3://…` as a person uses it: what docs/operating.md says, on machines that share nothing but the bucket."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tasks.store.locations import store_folder
from tests.cli.commands import Ran, Run
from tests.docs.test_docs import HOUSE, path
from tests.servers.s3 import SECRET, S3Server

__all__ = ["path"]

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    """The blocks of the section that a reader can type as they stand."""
    page = (HOUSE / "docs" / "operating.md").read_text("utf-8")
    section = page.partition("## A store on S3\n")[2].partition("\n## ")[0]
    return [block for block in BLOCK.findall(section) if "…" not in block]


def test_the_commands_of_the_page_work_on_machines_that_share_a_bucket(
    s3: S3Server, path: str, demo: tuple[Path, Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.make_bucket("datasets")
    printed = []
    for number, block in enumerate(blocks()):
        (home := tmp_path / f"machine-{number}").mkdir()
        given = {**os.environ, **s3.environment, "PATH": path, "PYTHONPATH": str(HOUSE), "XDG_CACHE_HOME": str(home)}
        done = subprocess.run(["bash", "-ec", block], cwd=home, env=given, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert SECRET not in done.stdout + done.stderr
        printed.append(done.stdout)
    first, second = printed
    assert re.search(r"demo@1: \d{3} rows released", first)
    assert "building demo in s3://datasets/works" in first
    assert "next:   instructory show demo --store s3://datasets/works" in first
    again = second.partition("building demo")[2].partition("demo@1: ")[0]
    assert [line.split()[-1] for line in again.splitlines() if re.search(r"\d kept ", line)] == ["cached"] * 12
    for name, value in {**s3.environment, "XDG_CACHE_HOME": str(tmp_path / "machine-0")}.items():
        monkeypatch.setenv(name, value)
    root = store_folder("s3://datasets/works")
    assert names(root, demo[0]) == set(), "the same documents, recipe and code made other bytes"
    refs = [one["path"] for some in s3.client("datasets").list("works/refs") for one in some]
    assert sorted(refs) == ["works/refs/demo/1.json"]
    rows = [one["path"] for some in s3.client("datasets").list("works/releases/demo/1") for one in some]
    assert {Path(key).name for key in rows} == {
        "README.md",
        "metrics.json",
        "recipe.json",
        "report.html",
        "train-00000-of-00001.parquet",
    }


def names(root: Path, other: Path) -> set[str]:
    """Names of raw bytes, tables and stages that only one of two stores has."""
    kinds = ("raw", "objects", "manifests")
    return set.symmetric_difference(
        *(
            {file.relative_to(store).as_posix() for kind in kinds for file in store.glob(f"{kind}/*/*")}
            for store in (root, other)
        )
    )


def curated(instructory: Run, folder: Path, env: dict[str, str], *texts: str) -> Ran:
    rows = folder / "rows.jsonl"
    answers = [{"instruction": text, "response": f"It is {len(text)}, as measured."} for text in texts]
    rows.write_text("".join(json.dumps(row) + "\n" for row in answers))
    return instructory("curate", rows, "--set", "dataset=rows", "--json", env=env)


def test_every_command_that_reads_or_publishes_needs_no_copy(s3: S3Server, instructory: Run, tmp_path: Path) -> None:
    s3.make_bucket("curated")
    at = {**s3.environment, "INSTRUCTORY_STORE": "s3://curated/a/b"}
    first, second = ({**at, "XDG_CACHE_HOME": str(tmp_path / name)} for name in ("a", "b"))
    texts = ["Name the largest planet of the solar system.", "What is the boiling point of water at sea level?"]
    assert curated(instructory, tmp_path, first, *texts).code == 0
    row = json.loads(instructory("show", "rows", "--format", "jsonl", env=second).out.splitlines()[0])
    life = instructory("why", row["example_id"], env=second)
    assert row["instruction"] in life.out
    assert f"record {row['record']} of" in life.out, "told from the raw bytes, which are in the bucket"
    assert "no model was asked" in instructory("journal", env=second).out
    more = curated(instructory, tmp_path, second, *texts, "How many moons does Mars have, and what are they called?")
    assert more.json["version"] == 2
    assert "1 added" in instructory("diff", "rows@1", "rows@2", env=first).out
    assert "rows@3 holds the 2 rows of rows@1" in instructory("rollback", "rows@1", env=first).out
    assert instructory("report", "rows@3", env=second).code == 0
    assert "everything is needed" in instructory("gc", "--grace", "0m", env=second).out
    assert "3 releases verified" in instructory("verify", env=first).out
    bucket = s3.client("curated")
    for one in [one for some in bucket.list("a/b/raw") for one in some]:
        bucket.put(one["path"], b"something else")
    for one in [one for some in bucket.list("a/b/manifests/audit") for one in some]:
        bucket.delete(one["path"])
    verified = instructory("verify", env=second)
    assert verified.code == 5
    assert re.search(r"raw/\w+ is damaged", verified.err)
    assert re.search(r"rows@1: .*/manifests/audit/\w+.json cannot be read", verified.err), "it is still in the copy"


@pytest.mark.parametrize(
    ("store", "change", "told"),
    [
        ("s3://no-such-bucket/x", {}, "has no bucket 'no-such-bucket'; make it"),
        ("s3://ready/x", {"AWS_SECRET_ACCESS_KEY": "a-wrong-secret-key"}, "refuses the credentials"),
        ("s3://ready/x", {"AWS_ACCESS_KEY_ID": "nobody-at-all"}, "refuses the credentials"),
        ("s3://ready/x", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "does not answer"),
        ("s3://ready/x", {"AWS_ACCESS_KEY_ID": None}, "no credentials; set AWS_ACCESS_KEY_ID"),
        ("s3://key:secret@ready/x", {}, "keys come from the environment"),
        ("s3://ready/x", {}, "no release of 'demo' in s3://ready/x"),
    ],
)
@pytest.mark.parametrize("command", [("show", "demo"), ("build", "demo")])
def test_what_is_wrong_is_said_in_one_line(
    s3: S3Server,
    instructory: Run,
    tmp_path: Path,
    store: str,
    change: dict[str, str | None],
    told: str,
    command: tuple[str, ...],
) -> None:
    if told.startswith("no release") and command[0] == "build":
        pytest.skip("a build needs no release")
    env = {**s3.environment, "XDG_CACHE_HOME": str(tmp_path), **change}
    ran = instructory(*command, "--store", store, env=env)
    assert ran.code in {1, 2}
    assert told in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert "wrong-secret" not in ran.err
    assert "key:secret" not in ran.err
