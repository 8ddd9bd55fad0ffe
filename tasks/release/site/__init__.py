"""The site: all releases of a dataset side by side, as static pages without a script.

OUT/index.html                      the datasets
OUT/DATASET/index.html              its releases, their trends, what was rejected in each
OUT/DATASET/N/report.html           the report of release N

The pages are made of the report's blocks, by its templates, under its policy: no script, no request to anywhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tasks.release.released import folder_of
from tasks.release.report import environment
from tasks.release.site.history import ReleaseSummary, history
from tasks.release.site.pages import SitePage, dataset_page, front_page
from tasks.store.files import inside, write_once
from tasks.store.manifest import Release
from tasks.store.store import Store

__all__ = ["front", "history", "overview", "report_of", "write_site"]

HERE: Final = Path(__file__).parent


def write_site(store: Store, datasets: Sequence[str], out: Path) -> list[Path]:
    """Write the pages of `datasets` below `out`; the paths written, the front page first."""
    histories = {dataset: history(store, dataset) for dataset in datasets}
    written = [_put(out / "index.html", front(histories))]
    for dataset, issues in histories.items():
        written.append(_put(out / dataset / "index.html", overview(dataset, issues)))
        for issue in issues:
            page = out / dataset / str(issue.version) / "report.html"
            written.append(_put(page, report_of(store, issue.release)))
    return written


def front(histories: dict[str, list[ReleaseSummary]]) -> str:
    """The page that names every dataset."""
    return _set(front_page(histories))


def overview(dataset: str, issues: Sequence[ReleaseSummary]) -> str:
    """The page of one dataset."""
    return _set(dataset_page(dataset, issues))


def report_of(store: Store, release: Release) -> str:
    """The report as it lies in the store; made again where it is gone."""
    path = inside(store.root, store.root / folder_of(release) / "report.html")
    if store.backend.fetch(path):
        return path.read_text("utf-8")
    from tasks.release.collect import collect
    from tasks.release.report import render

    return render(collect(store, release))


def _set(page: SitePage) -> str:
    return environment(HERE).get_template("site.html.j2").render(page=page) + "\n"


def _put(path: Path, page: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_once(path, page.encode())
    return path
