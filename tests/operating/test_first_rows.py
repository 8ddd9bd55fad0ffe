"""A nightly run that shows its first rows to people and then makes the rest: suspended, reviewed on the page, resumed in the UI."""

import os
import re
from collections.abc import Iterator

import pytest

from flows.deployment import operating
from tasks.store.store import Store
from tests.operating.conftest import Installation, kitchen
from tests.operating.ui import signed_in
from tests.release.browser import chromium
from tests.review_page.people import people
from tests.servers.models import ModelServer
from tests.torture import works

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not os.environ.get("INSTRUCTORY_LONG"), reason="two runs of a worker; set INSTRUCTORY_LONG=1"),
]

SAID = {
    "shelves": "The shelves carry forty kilograms each and are screwed to the wall behind them with four long screws.",
    "crates": "The crates are stacked three high at most, so that the apples in the lowest one are not pressed flat.",
    "jars": "The jars are boiled for ten minutes before jam is poured into them, and are closed while it is still hot.",
}
"""What the model knows: of shelves and crates one document speaks, of jars the other."""


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A model that knows this pantry only, so that other tests of the installation pay for what they ask."""
    with ModelServer(reply=lambda seen: works.knows(seen, SAID)) as serving:
        yield serving


def test_a_run_waits_for_its_first_rows_and_goes_on_when_they_are_accepted(
    installation: Installation, model: ModelServer
) -> None:
    documents = []
    for name, topics in (("store", ["shelves", "crates"]), ("jam", ["jars"])):
        file = installation.folder / f"{name}.md"
        file.write_text(f"# The {name}\n\n" + "\n\n".join(f"## The {topic}\n\n{SAID[topic]}" for topic in topics))
        documents.append({"path": str(file), "licence": "MIT", "name": name})
    asked = {"first": 2, "accepted": 1.0, "hours": 1}
    recipe = kitchen(installation.folder, model, dataset="pantry", documents=documents, review=asked)
    deployed = installation.run("deploy", recipe, "--run")
    assert deployed.code == 0, deployed.err
    run = (re.search(r"flow-run/([\w-]+)", deployed.out) or [""])[1]
    waiting = installation.wait_until(run, "Suspended")
    assert waiting["state"]["type"] == "PAUSED"
    store = Store(installation.store)
    assert store.versions("pantry") == []
    page = operating.InstallationFiles.of(installation.store).port_of("review")
    with signed_in(installation.address, installation.password) as ui:
        ui.go(f"/runs/flow-run/{run}", "Suspended")
        ui.press("Open menu")
        ui.press("Resume")
        ui.wait_for("0 of its first 2 rows are decided about")
        (ada,) = people(installation.store, f"http://127.0.0.1:{page}", "pantry", "ada")
        while ada.next():
            ada.decide("accept")
        before = model.requests
        ui.press("Resume", in_dialog=True)
        installation.wait_until(run, "Completed", leaving="Suspended")
    assert store.release("pantry").rows == 3, "the rest was made"
    assert model.requests > before
    assert model.repeats == 0, "what was asked for the first rows is not paid for again"
