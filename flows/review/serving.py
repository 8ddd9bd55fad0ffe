"""What `instructory review` serves: the pages put together for a store."""

from collections.abc import Callable, Mapping

from starlette.applications import Starlette

from flows.deployment import web
from flows.review.app import application
from flows.review.dataset import QueueSettings
from flows.review.pages import ReviewPages
from flows.review.pair_pages import PairPages
from flows.review.searching import SearchPages
from tasks.store.manifest import Release
from tasks.store.store import Store


def app(store: Store, releases: Callable[[], Mapping[str, Release]], settings: QueueSettings) -> Starlette:
    """The ASGI application over the releases or drafts that `releases` names by their datasets."""
    pages = ReviewPages(store, releases, settings)
    routes = [*pages.routes(), *PairPages(pages).routes(), *SearchPages(pages).routes()]
    return application(pages.reviewers, routes, pages.login)


def serve(store: Store, release: Release, settings: QueueSettings, host: str, port: int) -> None:
    """Serve the review of a release or draft until stopped."""
    web.run(app(store, lambda: {release.dataset: release}, settings), host, port)
