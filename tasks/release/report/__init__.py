"""The report: one page of HTML with everything inside, to be read by a stakeholder, kept beside the data, printed.

`render` makes blocks of plain text (`sections/`), and one template sets them and escapes them. The page holds no script,
asks for nothing from outside, and forbids both to whatever might have slipped into a row.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.core.visible import visible
from tasks.release.formatting import cut
from tasks.release.report_data import ReportData


def render(data: ReportData) -> str:
    """The report of a release as one HTML document. Equal data give equal text."""
    from tasks.release.report.sections import SECTIONS
    from tasks.release.report.summary import summary

    contents = [made for section in SECTIONS if (made := section(data)) is not None]
    page = environment().get_template("page.html.j2")
    return page.render(data=data, summary=summary(data), contents=contents) + "\n"


@cache
def environment(*folders: Path) -> Environment:
    """The report's templates, style and escaping, for pages whose own templates lie in `folders`."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader([folder, *folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["cut"] = cut
    environment.filters["class_name"] = lambda block: type(block).__name__
    environment.globals["style"] = Markup((folder / "page.css").read_text("utf-8"))  # noqa: S704  (a file of ours)
    return environment


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
