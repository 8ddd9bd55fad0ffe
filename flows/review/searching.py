"""The pages that find rows, and decide about all that were found by one rule."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

import pyarrow as pa
from starlette.responses import RedirectResponse, Response

from flows.review import bulk, rule_trial
from flows.review.app import Page, PageRequest
from flows.review.dataset import ReviewedDataset
from flows.review.pages import ReviewPages
from flows.review.views import SavedViews
from tasks.core.errors import BadInput
from tasks.review.decisions import EDITABLE, REASONS
from tasks.review.finding import TESTS, matches, tests_of

PAGE_ROWS: Final = 50
OWN: Final = ("undecided", "accept", "edit", "reject", "skip")
QUERY: Final = ("words", "column", "test", "value", "own")


class SearchPages:
    """Adds to the pages of the review."""

    def __init__(self, pages: ReviewPages) -> None:
        self.pages = pages

    def routes(self) -> list[tuple[str, str, Page]]:
        """(method, path, page)."""
        return [
            ("GET", "/{dataset}/find", self.find),
            ("POST", "/{dataset}/rules/preview", self.preview),
            ("POST", "/{dataset}/rules/apply", self.apply),
            ("POST", "/{dataset}/rules/undo", self.take_back),
            ("POST", "/{dataset}/views", self.keep_view),
            ("POST", "/{dataset}/views/remove", self.remove_view),
        ]

    def find(self, asked: PageRequest) -> Response:
        """The rows that a search finds, a page of them."""
        dataset = self.pages.dataset(asked)
        found = _found(dataset, asked, asked.query)
        number = int(asked.said("page")) if asked.said("page").isdecimal() else 1
        rows = dataset.rows.select(["example_id", "instruction", "response", "method"])
        shown = rows.take(pa.array(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS], pa.int64())).to_pylist()
        own = {one["example_id"]: dataset.own_opinion(one["example_id"], asked.sitting.reviewer) for one in shown}
        given = {name: asked.said(name) for name in QUERY}
        return self.pages.shown(
            "find", asked, dataset, rows=shown, own=own, total=len(found), number=number, pages=-(-len(found) // PAGE_ROWS),
            given=given, query=urlencode(given), columns=dataset.rows.column_names, tests=TESTS, owns=OWN, reasons=REASONS,
            editable=EDITABLE, most=bulk.MOST, taken_back=asked.said("taken_back"),
        )  # fmt: skip

    def preview(self, asked: PageRequest) -> Response:
        """What a rule would do to the rows that were found."""
        dataset, rule = self.pages.dataset(asked), _rule(asked)
        previewed = bulk.preview(dataset, asked.sitting, self._of_form(dataset, asked), rule)
        kept = {name: value for name, value in asked.form.items() if name not in ("once", "seen")}
        seen = {
            row_id: edited
            for row_id, edited in previewed.edits.items()
            if edited and not dataset.is_blind(row_id, asked.sitting.reviewer)
        }  # of the others the reasons of filters are hidden until they are decided
        tried = rule_trial.tried(dataset.trial.of, seen) if seen else None
        return self.pages.shown(
            "rule", asked, dataset, previewed=previewed, rule=rule, kept=kept, query=_query(asked), tried=tried
        )

    def apply(self, asked: PageRequest) -> Response:
        """Decide about all rows that were found, as the preview showed it."""
        dataset, rule = self.pages.dataset(asked), _rule(asked)
        previewed = bulk.preview(dataset, asked.sitting, self._of_form(dataset, asked), rule)
        if str(len(previewed.rows)) != asked.form.get("count"):
            raise BadInput(
                "the rows are not those of the preview any more; go back and look at it again. Nothing was saved"
            )
        bulk.apply(dataset, asked.sitting, previewed.rows, rule)
        return RedirectResponse(f"/{dataset.name}/", 303)

    def take_back(self, asked: PageRequest) -> Response:
        """Take back what a rule decided."""
        dataset = self.pages.dataset(asked)
        bulk.take_back(dataset, asked.sitting, asked.form.get("rule", ""))
        return RedirectResponse(f"/{dataset.name}/", 303)

    def keep_view(self, asked: PageRequest) -> Response:
        """Keep a search under a name."""
        dataset = self.pages.dataset(asked)
        self._views(asked, dataset).keep(asked.form.get("name", ""), _query(asked))
        return RedirectResponse(f"/{dataset.name}/find?{_query(asked)}", 303)

    def remove_view(self, asked: PageRequest) -> Response:
        """Forget a search."""
        dataset = self.pages.dataset(asked)
        self._views(asked, dataset).remove(asked.form.get("name", ""))
        return RedirectResponse(f"/{dataset.name}/", 303)

    def _views(self, asked: PageRequest, dataset: ReviewedDataset) -> SavedViews:
        return SavedViews(self.pages.store.root, dataset.name, asked.sitting.reviewer)

    def _of_form(self, dataset: ReviewedDataset, asked: PageRequest) -> list[int]:
        return _found(dataset, asked, [(name, asked.form.get(name, "")) for name in QUERY])


def _found(dataset: ReviewedDataset, asked: PageRequest, query: Sequence[tuple[str, str]]) -> list[int]:
    """Positions of the rows that a search finds."""
    given: dict[str, Any] = dict(query)
    found = matches(dataset.rows, given.get("words", ""), list(tests_of(query)))
    if not (own := given.get("own")):
        return found
    opinions = {at: dataset.own_opinion(dataset.ids[at], asked.sitting.reviewer) for at in found}
    return [at for at, one in opinions.items() if (one.word if one else "undecided") == own]


def _rule(asked: PageRequest) -> bulk.BulkRule:
    form = asked.form
    if form.get("kind") == "reject":
        return bulk.BulkRule(reason=form.get("reason", "") or "other", note=form.get("note", "").strip())
    return bulk.BulkRule(
        old=form.get("old", "").replace("\r\n", "\n"), new=form.get("new", "").replace("\r\n", "\n"),
        column=form.get("in", ""), note=form.get("note", "").strip(),
    )  # fmt: skip


def _query(asked: PageRequest) -> str:
    return urlencode({name: asked.form.get(name, "") for name in QUERY if asked.form.get(name)})
