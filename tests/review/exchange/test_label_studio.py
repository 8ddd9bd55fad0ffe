"""Review tasks through Label Studio itself: a server of it on loopback, two people who annotate, and every word that comes back.

LABEL_STUDIO names an environment in which it is installed (`pip install label-studio`, tried with 1.23.2); it is no part of ours.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.deployment.ports import free_port
from tasks.review.exchange import files
from tasks.review.exchange.people import People
from tasks.review.exchange.returned import decisions_of
from tasks.review.exchange.review_task import ReviewTask
from tests.review.exchange.sample import decided, task, turned

BIN = Path(os.environ.get("LABEL_STUDIO", "/nowhere")) / "bin"
PEOPLE = People.of(["ann=1", "ben=2"])
HOSTILE = "\U0001f600 <b>x</b> \u202e &amp; \u2028 $response {{y}} \x07 \\u0041 'q'\r\n\tend"
pytestmark = [
    pytest.mark.skipif(not BIN.is_dir(), reason="LABEL_STUDIO names no environment with Label Studio"),
    pytest.mark.timeout(1800),
]


class Annotator:
    """A person who is signed in."""

    def __init__(self, address: str, name: str, invitation: str = "") -> None:
        self.client = httpx.Client(base_url=address, timeout=120)
        path = f"/user/signup/?token={invitation}" if invitation else "/user/login/"
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', self.client.get(path).text)
        assert token is not None
        given = {"csrfmiddlewaretoken": token[1], "email": f"{name}@team.example", "password": "a-long-password"}
        self.client.post(path, data=given | {"how_find_us": "other"}, headers={"Referer": address})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"], "Referer": str(self.client.base_url)}
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text[:500]
        return answer.json()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Annotator, Annotator]]:
    """Two people who share a server that asks nothing outside this machine."""
    port, folder = free_port(), tmp_path_factory.mktemp("label-studio")
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "", "DJANGO_DB": "sqlite"}
    named = {"LABEL_STUDIO_USERNAME": "ann@team.example", "LABEL_STUDIO_PASSWORD": "a-long-password"}
    words = ["start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [BIN / "label-studio", *words], env=os.environ | quiet | named, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _await(f"{address}/health", server)
        ann = Annotator(address, "ann")
        ben = Annotator(address, "ben", ann.ask("GET", "/api/invite")["token"])
        with closing(ann.client), closing(ben.client):
            yield ann, ben
    finally:
        server.terminate()
        server.wait(30)


def _await(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(1800):
        assert server.poll() is None, "Label Studio ended"
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise TimeoutError("Label Studio did not listen within 15 minutes")


def tasks() -> list[ReviewTask]:
    return [
        task(1, response=HOSTILE),
        task(2, instruction=HOSTILE, history=[turned("user", HOSTILE)]),
        task(
            3, [decided("ann", 3, "reject", reason="wrong", note=HOSTILE, criteria={"accuracy": 2})], rejected="Other."
        ),
    ]


def answer(name: str, to: str, kind: str, **value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": to, "type": kind, "value": value}


def chosen(name: str, word: str) -> dict[str, Any]:
    return answer(name, "response", "choices", choices=[word])


def test_every_word_of_two_annotators_comes_back(people: tuple[Annotator, Annotator], tmp_path: Path) -> None:
    ann, ben = people
    made, out = tasks(), tmp_path / "tasks.json"
    files.export(made, "label-studio", out, PEOPLE, {"accuracy": (1, 2, 3, 4, 5)})
    config = (tmp_path / "tasks.config.xml").read_text()
    project = ann.ask("POST", "/api/projects", {"title": "round trip", "label_config": config})["id"]
    ann.ask("POST", f"/api/projects/{project}/import", json.loads(out.read_text()))
    shown = ann.ask("GET", f"/api/tasks?project={project}&fields=all")["tasks"]
    first, second, _ = (f"/api/tasks/{one['id']}/annotations/" for one in shown)
    assert [one["data"]["response"] for one in shown] == [one.texts["response"] for one in made]
    start = HOSTILE.index("$response")
    mark = {"start": start, "end": start + 9, "text": "$response", "labels": ["unclear"]}
    accepted = [chosen("decision", "accept"), answer("accuracy", "response", "rating", rating=4)]
    ann.ask("POST", first, {"result": [*accepted, answer("marks_response", "response", "labels", **mark)]})
    note = answer("note", "response", "textarea", text=[HOSTILE])
    ben.ask("POST", first, {"result": [chosen("decision", "reject"), chosen("reason", "unsafe"), note]})
    ann.ask("POST", second, {"result": [], "was_cancelled": True})
    edited = answer("edited_instruction", "instruction", "textarea", text=["What now? " + HOSTILE])
    ben.ask("POST", second, {"result": [edited]})
    back = tmp_path / "back.json"
    exported = ann.ask("GET", f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
    back.write_text(json.dumps(exported))
    by_id = {one.identity["example_id"]: one for one in made}
    found = decisions_of(files.read(back, "", PEOPLE, by_id), by_id, "file")
    assert found.problems == []
    assert found.unchanged == 1, "what went out as an annotation comes back as it was"
    said = {(one.example_id[-1], one.reviewer): one for one in found.decisions}
    assert {who: one.word for who, one in said.items()} == {
        ("1", "ann"): "accept", ("1", "ben"): "reject", ("2", "ann"): "skip", ("2", "ben"): "edit",
    }  # fmt: skip
    assert said["1", "ann"].criteria == {"accuracy": 4}
    assert said["1", "ann"].note == f"response[{start}:{start + 9}] unclear: $response"
    assert (said["1", "ben"].reason, said["1", "ben"].note) == ("unsafe", HOSTILE)
    assert said["2", "ben"].edited == {"instruction": ("What now? " + HOSTILE).replace("\r\n", "\n")}


def test_its_own_package_finds_no_mistake_in_the_configuration(tmp_path: Path) -> None:
    out = tmp_path / "tasks.json"
    files.export(tasks(), "label-studio", out, PEOPLE, {"accuracy": (1, 2, 3, 4, 5), "tone": ("good", "bad")})
    code = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface
interface = LabelInterface(open(sys.argv[2]).read())
interface.validate()
for task in json.load(open(sys.argv[1])):
    assert interface.validate_task({"data": task["data"]})
    for one in task["predictions"] + task["annotations"]:
        assert not interface.validate_prediction(one, return_errors=True)
"""
    words = [BIN / "python", "-c", code, out, tmp_path / "tasks.config.xml"]
    made = subprocess.run(words, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
