"""The pages of the review: what each shows, and what each form does."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from flows.review import bulk, editing, row_page
from flows.review.app import Page, PageRequest
from flows.review.auth import Reviewers
from flows.review.comparing import SIDES, sides_of
from flows.review.dataset import ReviewedDataset
from flows.review.queues import QueueSettings
from flows.review.rendering import LONGEST, difference
from flows.review.views import SavedViews
from tasks.core.errors import BadInput
from tasks.core.visible import visible
from tasks.release.formatting import cut, plural
from tasks.review.decisions import REASONS, Decision
from tasks.review.refusals import RefusedRow
from tasks.store.manifest import Release
from tasks.store.store import Store

TEMPLATES: Final = Path(__file__).parent / "templates"


class ReviewPages:
    """The pages over the datasets of a store. `releases` names the release or draft of each that is reviewed now."""

    def __init__(self, store: Store, releases: Callable[[], Mapping[str, Release]], settings: QueueSettings) -> None:
        self.store, self.settings = store, settings
        self.reviewers = Reviewers(store.root)
        self._releases = releases
        self._opened: dict[str, ReviewedDataset] = {}
        self._opening = Lock()
        self._environment = _environment()

    def routes(self) -> list[tuple[str, str, Page]]:
        """(method, path, page) of everything but signing in."""
        return [
            ("GET", "/", self.front),
            ("GET", "/{dataset}/", self.overview),
            ("GET", "/{dataset}/next", self.next_row),
            ("GET", "/{dataset}/row/{row}", self.row),
            ("POST", "/{dataset}/row/{row}", self.decide),
            ("GET", "/{dataset}/row/{row}/why", self.why),
            ("GET", "/{dataset}/row/{row}/whole/{name}", self.whole),
            ("POST", "/{dataset}/undo", self.undo),
            ("GET", "/{dataset}/guideline", self.guideline),
        ]

    def dataset(self, asked: PageRequest) -> ReviewedDataset:
        """The dataset that a request names. BadInput for one that is not reviewed here."""
        name = asked.path["dataset"]
        return self._opened[name] if name in self._opened else self.newest(name)

    def newest(self, name: str) -> ReviewedDataset:
        """A dataset, with the rows of its newest release or draft where that has changed. BadInput as above."""
        with self._opening:
            if (release := self._releases().get(name)) is None:
                raise BadInput("no such page")
            if name not in self._opened or self._opened[name].release != release:
                self._opened[name] = ReviewedDataset(self.store, release, self.settings)
            return self._opened[name]

    def shown(self, name: str, asked: PageRequest, dataset: ReviewedDataset | None = None, **values: Any) -> Response:
        """A page made from its template."""
        about: dict[str, Any] = (
            {"dataset": dataset, "base": f"/{dataset.name}"} if dataset else {"dataset": None, "base": ""}
        )
        about |= {"reviewer": asked.sitting.reviewer, "token": self.reviewers.form_token(asked.sitting.cookie)}
        page = self._environment.get_template(f"{name}.html.j2")
        return HTMLResponse(page.render(**about, once=secrets.token_hex(8), **values))

    def login(self, token: str, message: str) -> Response:
        """The page to sign in."""
        page = self._environment.get_template("login.html.j2")
        return HTMLResponse(page.render(token=token, message=message, reviewer="", dataset=None, base=""))

    # where to begin

    def front(self, asked: PageRequest) -> Response:
        """The datasets; where there is only one, its page."""
        names = sorted(self._releases())
        if len(names) == 1:
            return RedirectResponse(f"/{names[0]}/", 303)
        return self.shown("front", asked, names=names)

    def overview(self, asked: PageRequest) -> Response:
        """How far the review is, and what can be done next."""
        dataset = self.newest(asked.path["dataset"])
        dataset.refresh()
        return self.shown(
            "overview", asked, dataset, message=saved(asked, dataset), progress=dataset.progress(asked.sitting),
            pairs=dataset.progress(asked.sitting, "pair"), team=dataset.team(), conflicts=len(dataset.conflicts),
            recent=[(one, _said(one)) for one in dataset.own(asked.sitting.reviewer)[:-9:-1]],
            rules=bulk.of_rules(dataset, asked.sitting),
            views=SavedViews(self.store.root, dataset.name, asked.sitting.reviewer).all(),
            refused=dataset.refused_edits(asked.sitting.reviewer),
        )  # fmt: skip

    def guideline(self, asked: PageRequest) -> Response:
        """The guideline, as people and judges read it."""
        dataset = self.dataset(asked)
        return self.shown("guideline", asked, dataset)

    # rows

    def next_row(self, asked: PageRequest) -> Response:
        """To the next row of this person."""
        dataset = self.dataset(asked)
        row_id = dataset.next_for(asked.sitting, "row")
        target = f"row/{row_id}" if row_id else ""
        return RedirectResponse(f"/{dataset.name}/{target}?saved={quote(asked.said('saved'))}", 303)

    def row(self, asked: PageRequest) -> Response:
        """A row, to decide about; with ?edit to edit it."""
        return self._row_page(asked)

    def decide(self, asked: PageRequest) -> Response:
        """Save a decision and go to the next row, or show what an edit changes."""
        dataset, form = self.dataset(asked), asked.form
        row_id, (word, _, reason) = asked.path["row"], form.get("decide", "").partition(":")
        row = dataset.row(row_id)
        if form.get("seen") != dataset.states[row_id]:
            raise BadInput("the row changed since you opened it; go back and load it again. Nothing was saved")
        if word == "change":
            return self._row_page(asked, edit=True)
        edited = editing.edited(row, form) if word in ("preview", "edit") else {}
        if word in ("preview", "edit") and not edited:
            return self._row_page(
                asked, edit=True, message="Nothing was changed. Edit a text, or go back and accept the row."
            )
        if word == "preview":
            changed = editing.changes(row, form)
            kept = {name: value for name, value in form.items() if name.startswith(("edit.", "criterion."))}
            blind = dataset.is_blind(
                row_id, asked.sitting.reviewer
            )  # they judge the reasons of filters, and do not see them yet
            tried = None if blind else dataset.trial.of({row_id: edited})[row_id]
            return self.shown("change", asked, dataset, row_id=row_id, seen=form["seen"], changed=changed, kept=kept,
                              note=form.get("note", ""), tried=tried)  # fmt: skip
        if word not in ("accept", "edit", "reject", "skip"):
            raise BadInput("say what to do with the row")
        decision = dataset.decide(
            asked.sitting, row_id, word, once=form.get("once", ""), reason=reason, edited=edited, note=form.get("note", "").strip(),
            criteria=self._levels(dataset, form),
        )  # fmt: skip
        return RedirectResponse(f"/{dataset.name}/next?saved={decision.id}", 303)

    def undo(self, asked: PageRequest) -> Response:
        """Take back a decision, the latest if none is named, and show its row again."""
        dataset = self.dataset(asked)
        own = dataset.own(asked.sitting.reviewer)
        if not own:
            raise BadInput("you have decided nothing yet")
        decision = dataset.undo(asked.sitting, asked.form.get("decision") or own[-1].id)
        kind = "pair" if decision.word == "prefer" else "row"
        return RedirectResponse(f"/{dataset.name}/{kind}/{decision.example_id}?undone=1", 303)

    def why(self, asked: PageRequest) -> Response:
        """Where a row came from, as `instructory why` says it."""
        from flows.cli.why import life_text

        dataset = self.dataset(asked)
        row = dataset.row(asked.path["row"])
        text = life_text(self.store, row["example_id"], dataset.release)
        return self.shown("text", asked, dataset, row_id=row["example_id"], title="Where this row came from", text=text)

    def whole(self, asked: PageRequest) -> Response:
        """A long text of a row, whole, as nothing but text."""
        dataset, row_id, name = self.dataset(asked), asked.path["row"], asked.path["name"]
        name = dict(zip(SIDES, sides_of(asked.sitting.reviewer, dataset, row_id), strict=True)).get(name, name)
        text = row_page.whole_text(dataset.row(row_id), name)
        if text is None:
            raise BadInput("no such page")
        return PlainTextResponse(visible(text))

    def _row_page(self, asked: PageRequest, edit: bool | None = None, message: str = "") -> Response:
        dataset, row_id = self.dataset(asked), asked.path["row"]
        row = dataset.row(row_id)
        dataset.opened(asked.sitting, row_id, "row")
        edit = bool(asked.said("edit")) if edit is None else edit
        if edit:
            dataset.trial.warm_up(row_id)
        refusal, blind = dataset.refusals.get(row_id), dataset.is_blind(row_id, asked.sitting.reviewer)
        return self.shown(
            "edit" if edit else "row", asked, dataset, row=row_page.shown(row, dataset.passages(row), blind),
            seen=dataset.states[row_id], fields=editing.fields(row, asked.form) if edit else [], reasons=REASONS,
            progress=dataset.progress(asked.sitting), own=dataset.own_opinion(row_id, asked.sitting.reviewer), blind=blind,
            refusal=refusal, kept_row=self._other(dataset, refusal),
            note=asked.form.get("note", ""), levels=self._levels(dataset, asked.form), message=message or saved(asked, dataset),
            against=self._against(row) if row["rejected"] and not edit else None, parent_here=row["parent_id"] in dataset.at,
        )  # fmt: skip

    def _other(self, dataset: ReviewedDataset, refusal: RefusedRow | None) -> row_page.ShownRow | None:
        """The row that a refused one was compared with, where its detail names one of this build's."""
        other = re.search(r"\b[0-9a-f]{32}\b", refusal.detail) if refusal else None
        row = dataset.any_row(other[0]) if other else None
        return row_page.shown(row, []) if row else None

    def _against(self, row: Mapping[str, Any]) -> Markup | None:
        texts = (row["rejected"] or "", row["response"] or "")
        return difference(*texts) if sum(map(len, texts)) <= LONGEST else None

    def _levels(self, dataset: ReviewedDataset, form: Mapping[str, str]) -> dict[str, int | str]:
        given = {one.name: form.get(f"criterion.{one.name}", "") for one in dataset.guideline.rubric.criteria}
        return {
            name: level
            for name, text in given.items()
            for level in dataset.guideline.rubric.levels
            if str(level) == text
        }


def saved(asked: PageRequest, dataset: ReviewedDataset) -> str:
    """What a person hears who comes from a decision."""
    if asked.said("undone"):
        return "Taken back. Decide again."
    own = dataset.own(asked.sitting.reviewer)
    if not own or own[-1].id != asked.said("saved"):
        return ""
    refusal = dataset.refusals.get(own[-1].example_id)
    return f"Saved: {_said(own[-1])}." + (f" The build had refused it: {cut(str(refusal), 300)}." if refusal else "")


def _said(decision: Decision) -> str:
    """A decision in a few words: "rejected, wrong"."""
    words = {"accept": "accepted", "edit": "edited", "reject": "rejected", "skip": "skipped", "prefer": "compared"}
    reason = f", {decision.reason.replace('_', ' ')}" if decision.reason else ""
    changed = f" ({plural(len(decision.edited), 'text')})" if decision.edited else ""
    return f"{words[decision.word]}{reason}{changed}"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )  # fmt: skip
    made.filters["as_written"] = escape  # for what a form sends back: hidden characters stay what they are
    made.filters["plural"] = plural
    made.filters["cut"] = cut
    made.filters["said"] = _said
    made.filters["clock"] = lambda text: datetime.fromisoformat(text).strftime("%H:%M")
    made.globals["stylesheet"] = "/static/review.css"
    return made
