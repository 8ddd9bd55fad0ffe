"""Prefect's UI as a person uses it: signs in, reads, presses buttons, in a real Chromium."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.release.browser import Page, browser

# what a person sees as one button: the innermost element of that text that can be pressed
PRESS = """(() => {
  const fits = (e) => (e.innerText || e.ariaLabel || '').trim() === %s && e.getClientRects().length > 0 && !e.disabled;
  const roles = ['menuitem', 'tab', 'radio', 'option', 'combobox'].map((role) => `[role=${role}]`);
  const all = [...document.querySelectorAll(['button', 'a', 'label', ...roles].join())].filter(fits);
  const found = all.filter((e) => !%s || e.closest('[role=dialog], [role=alertdialog]'));
  if (!found.length) return null;
  found[found.length - 1].scrollIntoView({block: 'nearest', behavior: 'instant'});
  const box = found[found.length - 1].getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


class UI:
    """A signed-in tab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def sign_in(self, password: str) -> None:
        self.go("/login", "Login")
        self.fill("input[type=password]", password)
        self.press("Login")
        self.wait_for("Dashboard")

    def go(self, path: str, expected: str) -> None:
        """Open a page of the newer UI and wait until it shows a text."""
        self.page.open(f"{self.address}/v2{path}", 1280, 900)
        self.wait_for(expected)

    @property
    def text(self) -> str:
        return str(self.page.evaluate("document.body ? document.body.innerText : ''"))

    def wait_for(self, text: str, seconds: float = 60) -> None:
        self._until(lambda: text in self.text, text, seconds)

    def press(self, label: str, in_dialog: bool = False, seconds: float = 60) -> None:
        """Click the button, link or tab with that label, with the mouse."""
        where: list[Any] = []

        def found() -> bool:
            where[:] = [self.page.evaluate(PRESS % (json.dumps(label), json.dumps(in_dialog)))]
            return where[0] is not None

        self._until(found, f"button {label!r}", seconds)
        x, y = where[0]
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.page.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def fill(self, selector: str, text: str) -> None:
        """Type into the field."""
        self._until(lambda: bool(self.page.evaluate(f"!!document.querySelector({json.dumps(selector)})")), selector, 60)
        self.page.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.page.ask("Input.insertText", text=text)

    def retry(self, run: str, expected: str) -> None:
        """Press Retry of a flow run, and say that it is meant."""
        self.go(f"/runs/flow-run/{run}", expected)
        self.press("Open menu")
        self.press("Retry")
        self.press("Retry", in_dialog=True)
        self._until(
            lambda: not self.page.evaluate("!!document.querySelector('[role$=dialog]')"), "the dialog's end", 60
        )
        self.page.open("about:blank", 1280, 900)  # a page that follows the run keeps browser and server busy

    def shot(self, path: Path) -> None:
        self.page.screenshot(path, whole=False)

    def _until(self, holds: Any, what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"{what} did not appear in:\n{self.text[:3000]}"
            time.sleep(0.1)


@contextmanager
def signed_in(address: str, password: str) -> Iterator[UI]:
    with browser() as page:
        ui = UI(page, address)
        ui.sign_in(password)
        yield ui
