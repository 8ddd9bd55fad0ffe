"""Datasets in a script or a notebook: `load` a release, `build` or `curate` one, `export` it.

>>> import instructory
>>> demo = instructory.load("demo@2")
>>> demo.to_pandas().groupby("method").size()

Importing this module takes no time: what a function needs is imported when it is called.
"""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import pyarrow as pa

    from tasks.store.manifest import Manifest, Release
    from tasks.store.store import Store

__all__ = ["LoadedRelease", "build", "curate", "export", "load"]

Folder = str | Path


class PrintedText(str):
    """A text that a notebook shows as it is, not in quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class ReportPage:
    """A report of a release: shown in a notebook, and a file to open in a browser."""

    path: Path

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which runs no script and reaches nothing of the notebook."""
        page = html.escape(self.path.read_text("utf-8"), quote=True)
        return f'<iframe sandbox="" srcdoc="{page}" style="width:100%;height:40em;border:1px solid #ccc"></iframe>'


@dataclass(frozen=True)
class LoadedRelease:
    """A release of a dataset, or the draft of its latest build: its rows, and all that is known about them."""

    store: Store
    release: Release

    @property
    def name(self) -> str:
        """DATASET@N, or DATASET@draft."""
        return self.release.name

    def __len__(self) -> int:
        return self.release.rows

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self):,} rows in {self.store.backend.address}>"

    def to_arrow(self) -> pa.Table:
        """The released rows; what each column means stands on the dataset's card."""
        from tasks.release.released import released_rows

        return released_rows(self.store, self.release)

    def to_pandas(self) -> pd.DataFrame:
        """The released rows, the index their ids."""
        return _frame(self.to_arrow())

    def to_hf(self) -> datasets.Dataset:
        """The released rows for Hugging Face's libraries. BadInput where the package `datasets` is not installed."""
        from tasks.core.errors import BadInput

        try:
            from datasets import Dataset
        except ImportError:
            raise BadInput("datasets is not installed: pip install datasets") from None
        return Dataset(self.to_arrow())

    def rejected(self, stage: str | None = None) -> pd.DataFrame:
        """The rows that `stage`, or any, refused, with `stage`, `reason` and `detail` as the first columns."""
        return self._refused("rejected", ["stage", "reason", "detail"], stage)

    def failed(self, stage: str | None = None) -> pd.DataFrame:
        """The rows on which `stage`, or any, failed, with `stage` and `error` as the first columns."""
        return self._refused("failed", ["stage", "error"], stage)

    def ledger(self) -> pd.DataFrame:
        """What came into each stage and what became of it: a row for each stage, in their order."""
        import pandas as pd

        accounts = [
            {"stage": one.stage, **one.ledger.model_dump(), "seconds": one.seconds} for one in self._manifests()
        ]
        return pd.DataFrame(accounts).set_index("stage")

    def why(self, row_id: str) -> PrintedText:
        """The history of a row, from the bytes of its source to this release; the first 8 digits of its id are enough."""
        from flows.cli.why import life_text

        return PrintedText(life_text(self.store, row_id, self.release))

    def report(self) -> ReportPage:
        """The quality report. That of a draft is written anew."""
        from tasks.release.publish import write_folder
        from tasks.release.released import folder_of

        page = self.store.root / folder_of(self.release) / "report.html"
        if not self.release.version or not page.exists():
            write_folder(self.store, self.release)
        return ReportPage(page)

    def metrics(self) -> dict[str, Any]:
        """Every figure of the report."""
        found: dict[str, Any] = json.loads(self.report().path.with_name("metrics.json").read_text("utf-8"))
        return found

    def _manifests(self) -> Iterator[Manifest]:
        yield from (self.store.required(stage, key) for stage, key in self.release.stages)

    def _refused(self, which: Literal["rejected", "failed"], first: list[str], stage: str | None) -> pd.DataFrame:
        import pandas as pd

        from tasks.core.errors import BadInput

        stages = dict(self.release.stages)
        if stage is not None and stage not in stages:
            raise BadInput(f"{self.name} has no stage {stage!r}; it has: {', '.join(stages)}")
        wanted = [one for one in self._manifests() if stage in (None, one.stage) and one.tables[which]]
        frames = [_frame(self.store.whole(one.tables[which])).assign(stage=one.stage) for one in wanted]
        whole = pd.concat(frames) if frames else pd.DataFrame(columns=first)
        return whole[[*first, *(name for name in whole.columns if name not in first)]]


def load(dataset: str, store: Folder | None = None) -> LoadedRelease:
    """DATASET (the latest release), DATASET@N or DATASET@draft. `store`: a folder or s3://bucket/prefix; else that of the
    environment (INSTRUCTORY_STORE), or .instructory. Raises BadInput where there is no such release."""
    from flows.cli.showing import named, open_store
    from flows.parameters import store_named

    opened = open_store(store_named(store))
    return LoadedRelease(opened, named(opened, dataset))


def build(
    recipe: str | Path | Mapping[str, Any], store: Folder | None = None, trial: int | None = None, **settings: Any
) -> LoadedRelease:
    """Build a recipe (a file, a packaged one's name, or its keys as a mapping) and load what was released.

    `settings` override keys: `mix={"rows": 200}` sets `mix.rows` and leaves the rest of `mix` as the recipe has it. The build is
    a process of its own, as from the command line; its progress is printed. Raises what the command line exits with: BadInput,
    GateFailed, BudgetReached, or InstructoryError.
    """
    if isinstance(recipe, Mapping):
        with tempfile.NamedTemporaryFile("w", dir=".", prefix=".recipe-", suffix=".yaml", encoding="utf-8") as file:
            json.dump(recipe, file)
            file.flush()
            return _released("build", [file.name], store, trial, settings)
    return _released("build", [str(recipe)], store, trial, settings)


def curate(
    files: Folder | Sequence[Folder],
    recipe: str | Path = "curate",
    store: Folder | None = None,
    trial: int | None = None,
    **settings: Any,
) -> LoadedRelease:
    """Clean, filter and release rows that exist already, in files, folders or globs; otherwise as `build`."""
    named = [files] if isinstance(files, str | Path) else files
    return _released("curate", [*map(str, named), "--recipe", str(recipe)], store, trial, settings)


def export(dataset: str | LoadedRelease, out: Folder, store: Folder | None = None, **options: Any) -> Path:
    """Write a dataset's rows to `out`; `options` are those of `instructory export`: format="messages", or trainer="trl" (its --for)
    with objective="sft". Returns the file or folder. Raises BadInput for what the format cannot hold."""
    name, root = (dataset.name, dataset.store.root) if isinstance(dataset, LoadedRelease) else (dataset, store)
    names = {"trainer": "for"}  # a word of Python's
    given = [f"--{names.get(key, key).replace('_', '-')}={value}" for key, value in options.items()]
    _command("export", [name, f"--out={out}", *given], root)
    return Path(out)


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_index(frame.columns[0])


def _released(
    command: str, arguments: list[str], store: Folder | None, trial: int | None, settings: Mapping[str, Any]
) -> LoadedRelease:
    given = [f"--set={key}={json.dumps(value, default=str)}" for key, value in _keys(settings)]
    said = _command(command, [*arguments, "--json", *given, *([f"--trial={trial}"] if trial else [])], store)
    done = json.loads(said.splitlines()[-1])
    return load(f"{done['dataset']}@{done['version']}", store)


def _keys(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested settings."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _keys(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _command(command: str, arguments: list[str], store: Folder | None) -> str:
    """What an `instructory` command prints on stdout; what it prints on stderr is printed here as it comes. Raises the error that
    its exit code stands for."""
    words = [sys.executable, "-P", "-m", "flows.cli", command, *arguments, *([f"--store={store}"] if store else [])]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parent), *sys.path]))}
    lines = [""]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        subprocess.Popen(  # noqa: S603  (our own command line)
            words, stdout=out, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=surroundings
        ) as process,
    ):
        assert process.stderr is not None
        try:
            for line in process.stderr:
                lines.append(line.rstrip("\n"))
                if not line.startswith("instructory: "):
                    print(line, end="", flush=True)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        if process.wait():
            raise _error(process.returncode, lines)
        out.seek(0)
        return out.read()


def _error(code: int, lines: list[str]) -> Exception:
    from tasks.core import errors

    kinds = (errors.BadInput, errors.GateFailed, errors.BudgetReached, errors.IntegrityError)
    kind = next((kind for kind in kinds if kind.exit_code == code), errors.InstructoryError)
    said = [line.removeprefix("instructory: ") for line in lines if line.startswith("instructory: ")]
    return kind(said[-1] if said else lines[-1] or f"the command ended with {code}")
