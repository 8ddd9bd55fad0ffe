"""The page in a real Chromium: keys, touch, phones, the dark, and rows that try to do something."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.review.auth import Reviewers
from tasks.review.decisions import Decisions
from tasks.review.shown import rows_to_review
from tests.release.browser import Page, browser, chromium
from tests.review_page import stores
from tests.review_page.people import serving_here

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine (Debian: chromium)")
KEYS: dict[str, dict[str, Any]] = {
    "Tab": {"windowsVirtualKeyCode": 9},
    "Enter": {"windowsVirtualKeyCode": 13, "text": "\r"},
}
"""What Chromium has to be told of a key beside its name, for the key to do something."""
CONTRAST = (Path(__file__).parents[1] / "release" / "contrast.js").read_text("utf-8")


class Tab:
    """A tab in which somebody reviews."""

    def __init__(self, page: Page, address: str, dataset: str) -> None:
        self.page, self.address, self.dataset = page, address, dataset

    def sign_in(self, name: str, token: str, width: int = 1280, height: int = 860) -> None:
        self.page.ask("Network.clearBrowserCookies")
        self.page.open(f"{self.address}/login", width, height)
        self.fill("[name=name]", name)
        self.fill("[name=secret]", token)
        self.click("main button")

    def open(self, path: str, width: int = 1280, height: int = 860, dark: bool = False) -> None:
        self.page.open(f"{self.address}/{self.dataset}/{path}", width, height, dark)

    @property
    def url(self) -> str:
        return str(self.page.evaluate("location.pathname")).removeprefix(f"/{self.dataset}/")

    @property
    def text(self) -> str:
        return str(self.page.evaluate("document.body.innerText"))

    def fill(self, selector: str, text: str) -> None:
        self.page.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def key(self, key: str) -> None:
        """Presses a key that leads to another page."""
        self._leads_on(lambda: self.press(key))

    def press(self, key: str) -> None:
        """Presses a key, once the page was painted: before that, Chromium drops what is typed."""
        self._waits("!performance.getEntriesByName('first-paint').length || null", "the page was not painted")
        text = {"text": key} if len(key) == 1 else KEYS.get(key, {})
        self.page.ask("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.page.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def click(self, selector: str) -> None:
        """Presses something that leads to another page."""
        self._leads_on(lambda: self.page.evaluate(f"document.querySelector({json.dumps(selector)}).click()"))

    def hears(self, text: str) -> None:
        """Waits until the live region says something."""
        deadline = time.monotonic() + 10
        while text not in str(self.page.evaluate("document.querySelector('[role=status]').textContent")):
            assert time.monotonic() < deadline, "the live region says something else"
            time.sleep(0.02)

    def _leads_on(self, action: Any) -> None:
        self.page.evaluate("window.before = true")
        action()
        self._waits("window.before || document.readyState !== 'complete' || null", "nothing happened")

    def _waits(self, condition: str, complaint: str) -> None:
        """Waits while a condition holds, 20 seconds at most."""
        deadline = time.monotonic() + 20
        while self.page.evaluate(condition):
            assert time.monotonic() < deadline, complaint
            time.sleep(0.01)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as found:
        yield found


def test_two_people_review_twenty_rows_edit_three_disagree_on_two_and_a_third_resolves(
    page: Page, tmp_path: Path
) -> None:
    store = stores.released(tmp_path / "store", stores.rows(20))
    reviewers = Reviewers(store.root)
    with serving_here(store.root, "shop", size=20, double=1.0) as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", reviewers.add("ada"))
        tab.open("next")
        edited, disputed = [], []
        for number in range(20):
            if number in (3, 8, 12):
                edited.append(tab.url)
                tab.key("e")
                tab.fill("[name='edit.response']", f"An answer that Ada wrote, number {number}.")
                tab.click("[value=preview]")
                assert page.evaluate("document.querySelector('ins').textContent")
                tab.click("[value=edit]")
                tab.hears("Saved: edited")
            elif number in (5, 15):
                disputed.append(tab.url)
                tab.press("r")
                tab.key("1")
            else:
                tab.key("a")
        assert "20 left for you" not in tab.text
        assert "Nothing is left for you" in tab.text
        tab.sign_in("bob", reviewers.add("bob"))
        tab.open("next")
        for _ in range(20):
            if tab.url in edited:
                tab.key("e")
                number = (3, 8, 12)[edited.index(tab.url)]
                tab.fill("[name='edit.response']", f"An answer that Ada wrote, number {number}.")
                tab.click("[value=preview]")
                tab.click("[value=edit]")
            else:
                tab.key("a")
        assert "2 rows on which two people differ" in tab.text
        tab.sign_in("carl", reviewers.add("carl"))
        for _ in disputed:
            tab.open("next")
            assert tab.url in disputed
            tab.press("r")
            tab.key("1")
        tab.open("")
        assert "20 of 20 done" in tab.text
    standing = Decisions(store, "shop").standing()
    assert len(standing) == 42
    assert sum(one.word == "edit" for one in standing) == 6
    assert sum(one.word == "reject" for one in standing) == 4


def test_keys_undo_skip_and_close_and_are_letters_where_somebody_types(page: Page, tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.rows(6))
    with serving_here(store.root, "shop", double=0.0) as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", Reviewers(store.root).add("ada"))
        tab.open("next")
        first = tab.url
        tab.key("s")
        assert tab.url != first
        tab.key("u")
        assert tab.url == first
        page.evaluate("document.querySelector('.criteria').open = true; document.querySelector('[name=note]').focus()")
        for letter in "aresu":
            tab.press(letter)
        assert page.evaluate("document.querySelector('[name=note]').value") == "aresu"
        tab.press("Escape")
        tab.key("a")
        assert tab.url != first
        tab.hears("Saved: accepted.")
    assert [one.note for one in Decisions(store, "shop").standing()] == ["aresu"]


def readable_everywhere(page: Page) -> None:
    """On a phone and a desk, light and dark: nothing is wider than the screen, and every text has contrast."""
    for width, dark in ((390, False), (390, True), (1280, False)):
        page.ask("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.ask("Emulation.setEmulatedMedia", features=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []


def test_a_refused_edit_is_read_and_saved_all_the_same_by_keys(page: Page, tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.rows(3), filters={"length": {"min_response_words": 2}})
    with serving_here(store.root, "shop", double=0.0) as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", Reviewers(store.root).add("ada"))
        tab.open("next")
        tab.key("e")
        tab.fill("[name='edit.response']", "No.")
        tab.click("[value=preview]")
        assert "fewer words than allowed (response 1)" in tab.text
        focused = "document.activeElement.textContent"
        assert page.evaluate(focused) == "Edit further", "who presses Enter out of habit saves nothing"
        tab.press("Tab")
        assert page.evaluate(focused) == "Save all the same"
        readable_everywhere(page)
        asked = [event["request"]["url"] for event in page.seen("Network.requestWillBeSent")]
        assert all(url.startswith((address, "data:,")) for url in asked)
        tab.key("Enter")
        tab.hears("Saved: edited")
    assert [one.edited for one in Decisions(store, "shop").standing()] == [{"response": "No."}]


def test_a_rule_that_filters_would_refuse_says_so_on_every_screen(page: Page, tmp_path: Path) -> None:
    store = stores.released(
        tmp_path / "store", stores.rows(6, response="Hello there."), filters={"length": {"min_response_words": 2}}
    )
    with serving_here(store.root, "shop", double=0.0) as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", Reviewers(store.root).add("ada"))
        tab.open("find?words=hello")
        page.evaluate("document.querySelector('.rule-form').open = true")
        tab.fill("[name=old]", "Hello there")
        tab.fill("[name=new]", "Hello")
        tab.click("form[action$='rules/preview'] button")
        assert "The next build would refuse 6 of 6 rows that were tried" in tab.text
        assert "6 rows: filters/too_short: fewer words than allowed" in tab.text
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        readable_everywhere(page)
        tab.click("button[aria-describedby=tried]")
    assert len(Decisions(store, "shop").standing()) == 6


@pytest.fixture(scope="module")
def shop(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    store = stores.released(tmp_path_factory.mktemp("shop") / "store", stores.rows(60))
    with serving_here(store.root, "shop") as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", Reviewers(store.root).add("ada"))
        yield tab


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", ["", "next", "people", "pairs/next", "find?words=a", "guideline", "edit"])
def test_every_page_can_be_read_on_a_phone_by_everybody(page: Page, shop: Tab, path: str, dark: bool) -> None:
    if path == "edit":
        shop.open("next")
        path = f"{shop.url}?edit=1"
    shop.open(path, 390, 844, dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("['header', 'nav', 'main'].every((name) => document.querySelectorAll(name).length === 1)")
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    nameless = """[...document.querySelectorAll('input:not([type=hidden]), textarea:not([hidden]), select, button, a, progress')]
        .filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).map((e) => e.outerHTML)"""
    assert page.evaluate(nameless) == []
    small = """[...document.querySelectorAll('.bar button, .bar a, .bar summary')].filter((e) => e.checkVisibility()
        && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
    assert page.evaluate(small) == []
    assert [event["entry"]["text"] for event in page.seen("Log.entryAdded")] == []


def test_hostile_rows_do_nothing(page: Page, tmp_path: Path) -> None:
    store = stores.released(tmp_path / "store", stores.hostile_rows())
    with serving_here(store.root, "shop", double=0.0) as address:
        tab = Tab(page, address, "shop")
        tab.sign_in("ada", Reviewers(store.root).add("ada"))
        rows = [row["example_id"] for row in rows_to_review(store, store.release("shop")).to_pylist()]
        for path in [
            *(f"row/{one}" for one in rows),
            f"row/{rows[0]}?edit=1",
            f"pair/{rows[0]}",
            "find",
            f"row/{rows[0]}/why",
        ]:
            tab.open(path, 390, 844)
            assert page.seen("Page.javascriptDialogOpening") == [], path
            asked = [event["request"]["url"] for event in page.seen("Network.requestWillBeSent")]
            assert all(url.startswith((address, "data:,")) for url in asked), (path, asked)
            assert [event["entry"]["text"] for event in page.seen("Log.entryAdded")] == [], path
            alive = "main :is(script, style, img, svg, iframe, object, embed, video, base, meta, link, form form)"
            assert page.evaluate(f"document.querySelectorAll({json.dumps(alive)}).length") == 0, path
            links = "[...document.querySelectorAll('main a')].every((a) => a.getAttribute('href').startsWith('/shop/'))"
            assert page.evaluate(links), path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            assert not page.evaluate("/[\\u202a-\\u202e\\u2066-\\u2069\\u001b]/.test(document.body.innerText)"), path
            assert page.evaluate("document.body.innerText.length") < 200_000, path
