"""The pages on which people compare two answers."""

from dataclasses import replace
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from flows.review import row_page
from flows.review.app import Page, PageRequest
from flows.review.comparing import SIDES, sides_of
from flows.review.pages import ReviewPages, saved
from tasks.core.errors import BadInput


class PairPages:
    """Adds to the pages of the review."""

    def __init__(self, pages: ReviewPages) -> None:
        self.pages = pages

    def routes(self) -> list[tuple[str, str, Page]]:
        """(method, path, page)."""
        return [
            ("GET", "/{dataset}/pairs/next", self.next_pair),
            ("GET", "/{dataset}/pair/{row}", self.pair),
            ("POST", "/{dataset}/pair/{row}", self.compare),
        ]

    def next_pair(self, asked: PageRequest) -> Response:
        """To the next two answers of this person."""
        dataset = self.pages.dataset(asked)
        row_id = dataset.next_for(asked.sitting, "pair")
        target = f"pair/{row_id}" if row_id else ""
        return RedirectResponse(f"/{dataset.name}/{target}?saved={quote(asked.said('saved'))}", 303)

    def pair(self, asked: PageRequest) -> Response:
        """Two answers to one instruction, on sides that were drawn."""
        dataset, row_id = self.pages.dataset(asked), asked.path["row"]
        row = dataset.row(row_id)
        dataset.opened(asked.sitting, row_id, "pair")
        said = {one.name: one for one in row_page.conversation(row)}
        if "rejected" not in said:
            raise BadInput("this row has no second answer")
        names = sides_of(asked.sitting.reviewer, dataset, row_id)
        sides = [replace(said[name], name=side, role="assistant") for side, name in zip(SIDES, names, strict=True)]
        asked_for = [one for name, one in said.items() if name not in ("response", "reasoning", "rejected")]
        return self.pages.shown(
            "pair", asked, dataset, row_id=row_id, seen=dataset.states[row_id], sides=sides, asked_for=asked_for,
            progress=dataset.progress(asked.sitting, "pair"), message=saved(asked, dataset),
        )  # fmt: skip

    def compare(self, asked: PageRequest) -> Response:
        """Save which of two answers is better."""
        dataset, row_id, form = self.pages.dataset(asked), asked.path["row"], asked.form
        if form.get("seen") != dataset.states.get(row_id):
            raise BadInput("the row changed since you opened it; go back and load it again. Nothing was saved")
        left, right = sides_of(asked.sitting.reviewer, dataset, row_id)
        preferred = {"left": left, "right": right, "tie": "tie", "skip": ""}.get(form.get("decide", ""))
        if preferred is None:
            raise BadInput("say which answer is better")
        decision = dataset.decide(asked.sitting, row_id, "prefer" if preferred else "skip", once=form.get("once", ""),
                               preferred=preferred, note=form.get("note", "").strip())  # fmt: skip
        return RedirectResponse(f"/{dataset.name}/pairs/next?saved={decision.id}", 303)
