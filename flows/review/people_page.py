"""The page that says how far the reviewers agree, and what each is like, as the report does."""

from starlette.responses import Response

from flows.review.app import Page, PageRequest
from flows.review.pages import ReviewPages


class PeoplePages:
    """Adds to the pages of the review."""

    def __init__(self, pages: ReviewPages) -> None:
        self.pages = pages

    def routes(self) -> list[tuple[str, str, Page]]:
        """(method, path, page)."""
        return [("GET", "/{dataset}/people", self.people)]

    def people(self, asked: PageRequest) -> Response:
        """The figures of all decisions up to now. Those of gold rows stand in the report only: one that moves with a decision
        would tell which row was one."""
        from flows.reviewing import agreement

        dataset = self.pages.newest(asked.path["dataset"])
        return self.pages.shown("people", asked, dataset, found=agreement(self.pages.store, dataset.release))
