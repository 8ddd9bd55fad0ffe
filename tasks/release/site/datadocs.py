"""Great Expectations' own Data Docs of a release, built from the stored verdicts and cleaned.

Great Expectations renders; what it renders is taken apart and put together again from a short list of elements. Left as it is,
a page of Data Docs loads about sixteen things from other hosts, runs scripts, and puts values of rows into HTML unescaped.
"""

import html
import re
import warnings
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from tasks.release.report import environment
from tasks.store.manifest import CheckResult, GateVerdict, Release
from tasks.store.store import Store

SHOWN: Final = frozenset("table thead tbody tr th td strong ul li p".split())  # noqa: SIM905
"""Elements that are kept, without any of their attributes; of others only the text."""
DROPPED: Final = frozenset("script style svg button noscript template iframe object nav head form a".split())  # noqa: SIM905
"""Elements that are dropped with all that is in them."""
VOID: Final = frozenset("br img input link meta hr embed source base area col wbr".split())  # noqa: SIM905
SIGNS: Final = {"fa-check-circle": "met", "fa-times": "not met", "fa-exclamation-triangle": "raised an error"}
"""What Great Expectations says by an icon of a font that it loads from elsewhere."""


def data_docs(store: Store, release: Release) -> str:
    """The verdicts of every gate of `release` as one HTML page."""
    gates = []
    for stage, key in release.verdicts:
        if (verdict := store.verdict(stage, key)) is not None:
            known = [result for result in verdict.checks if result.given]
            earlier = [result for result in verdict.checks if not result.given]
            gates.append((verdict, Markup(_rendered(release, verdict, known)), earlier))  # noqa: S704 (cleaned)
    page = environment(Path(__file__).parent).get_template("datadocs.html.j2")
    return page.render(release=release, gates=gates) + "\n"


def _rendered(release: Release, verdict: GateVerdict, known: Sequence[CheckResult]) -> str:
    """What Great Expectations makes of a verdict, cleaned."""
    from expectations.engine import gx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside great_expectations are not ours to mend
        from great_expectations.core import ExpectationSuiteValidationResult
        from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
        from great_expectations.render.view.view import DefaultJinjaPageView

        passed = sum(result.passed for result in known)
        document = ExpectationSuiteValidationResult(
            success=verdict.passed,
            results=[_result(result) for result in known],
            suite_name=verdict.stage,
            statistics={
                "evaluated_expectations": len(known),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(known) - passed,
                "success_percent": 100 * passed / max(1, len(known)),
            },
            meta={
                "great_expectations_version": gx.__version__,
                "run_id": {"run_name": f"{release.dataset}@{release.version}", "run_time": release.published_at},
                "active_batch_definition": {"data_asset_name": f"what {verdict.stage} kept"},
            },
        )
        content = ValidationResultsPageRenderer(run_info_at_end=False).render(document)
        view: Any = DefaultJinjaPageView()
        return cleaned(view.render(content))


def _result(result: CheckResult) -> Any:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", result.expectation).lower()
    return ExpectationValidationResult(
        success=result.passed,
        expectation_config=ExpectationConfiguration(type=kind, kwargs=result.given),
        result={"observed_value": html.escape(result.observed)}
        | ({"unexpected_percent": 0.0} if result.passed else {}),
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
        meta={},
    )


def cleaned(page: str) -> str:
    """The sections of a page of Data Docs, made again of `SHOWN` elements without attributes and of escaped text."""
    cleaner = _Cleaner()
    cleaner.feed(page)
    cleaner.close()
    return "".join(cleaner.made)


class _Cleaner(HTMLParser):
    """Writes what it reads inside `ge-section` elements, as far as it is on the list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.made: list[str] = []
        self._inside = 0
        """Depth of `div` elements within a section; 0 outside of any."""
        self._dropped: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._dropped or tag in DROPPED or "hidden" in given:
            if tag not in VOID:
                self._dropped.append(tag)
            return
        if tag == "div":
            self._inside += 1 if self._inside or "ge-section" in given.get("class", "").split() else 0
        if not self._inside:
            return
        for name, meaning in SIGNS.items():
            if tag == "i" and name in given.get("class", "").split():
                self.made.append(f"{meaning} ")
        if tag in SHOWN:
            self._open.append(tag)
            self.made.append('<th scope="col">' if tag == "th" else f"<{tag}>")
        elif re.fullmatch(r"h[1-6]", tag):
            self._open.append("h3")
            self.made.append("<h3>")
        elif tag == "br":
            self.made.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag in self._dropped:
                while self._dropped.pop() != tag:
                    pass
            return
        if tag == "div" and self._inside:
            self._inside -= 1
        made = "h3" if re.fullmatch(r"h[1-6]", tag) else tag
        if made in self._open:
            while (last := self._open.pop()) != made:
                self.made.append(f"</{last}>")
            self.made.append(f"</{made}>")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._dropped:
            self.made.append(html.escape(re.sub(r"\s+", " ", data)))

    def close(self) -> None:
        super().close()
        self.made += [f"</{tag}>" for tag in reversed(self._open)]
        self._open.clear()
