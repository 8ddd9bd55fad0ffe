"""What `instructory review` serves: the pages put together for a store."""

from collections.abc import Callable, Mapping

from starlette.applications import Starlette

from flows.review.app import application
from flows.review.pages import ReviewPages
from flows.review.pair_pages import PairPages
from flows.review.people_page import PeoplePages
from flows.review.queues import QueueSettings
from flows.review.searching import SearchPages
from tasks.store.manifest import Release
from tasks.store.store import Store

Releases = Callable[[], Mapping[str, Release]]


def app(store: Store, releases: Releases, settings: QueueSettings, first: str | None = None) -> Starlette:
    """The ASGI application over the releases or drafts that `releases` names by their datasets. The rows of `first` are read at
    once, so that nobody waits for them."""
    pages = ReviewPages(store, releases, settings)
    if first:
        pages.newest(first)
    routes = [*pages.routes(), *PairPages(pages).routes(), *SearchPages(pages).routes(), *PeoplePages(pages).routes()]
    return application(pages.reviewers, routes, pages.login)


def every_dataset(store: Store) -> dict[str, Release]:
    """The latest release of each dataset; of one that was never released, its latest build."""
    released = {name: store.release(name) for name in store.datasets()}
    drafts = {
        one.dataset: store.draft(one.dataset)
        for one in store.build_records()
        if one.stages and one.dataset not in released
    }
    return released | drafts
