"""All releases side by side, and served: what a reader sees, and what a stranger does not get."""

import base64
import http.client
import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pytest

from flows.deployment.patience import REQUEST_SECONDS
from flows.deployment.ports import free_port
from flows.deployment.serving_reports import HEADERS, password
from flows.observability import metrics
from flows.observability.logs import write_log
from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED
from tasks.core.schema import failed as failed_schema
from tasks.pipeline.build import Build, StageDone, building
from tasks.release.publish import write_folder
from tasks.release.site import write_site
from tasks.store.manifest import CheckResult, GateVerdict, Ledger, Manifest, Release, Spending
from tasks.store.store import Store
from tests.release import sample
from tests.release.test_report import OURS, Outline
from tests.servers.commands import listening

SECRET = "reader:corréct-horse"
HOSTILE = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>"


def released(store: Store, version: int, rows: int, rejected: int, observed: str = "all as expected") -> Release:
    """A release put together by hand: two stages, one gate, the sample's rows."""
    table = sample.rows(rows)
    parts = {"kept": store.put(table), "rejected": (), "failed": ()}
    audit = {
        "diversity": {"effective_clusters": 20.0 + version, "distinct_2": 0.4},
        "qualities": {"aligned": {"score": 0.9 - version / 20, "passed": version == 1}},
        "comparison": {"added": 10, "removed": 3, "changed": 1} if version > 1 else {},
    }
    for stage, facts in (("filters", {}), ("audit", audit)):
        store.put_manifest(
            Manifest(
                stage=stage, key=f"k{version}", identity={}, sources={}, tables=parts, facts=facts, inputs=(), seconds=2.5,
                ledger=Ledger(rows_in=rows + rejected, created=0, used=0, kept=rows, rejected=rejected, failed=0),
                reasons={"toxic": rejected} if stage == "filters" else {}, written_at="2026-11-21T03:00:00+00:00",
                meanings={"toxic": "toxicity above the recipe's threshold; detail: category and score"},
                spending=Spending(requests=7, tokens=900, cost_usd=0.25),
            )
        )  # fmt: skip
    checks = tuple(
        CheckResult(expectation=kind, column="response_words", expected="min_value 1", observed=seen, passed=True, why="words")
        for kind, seen in (("ExpectColumnValuesToBeBetween", observed), ("ExpectNothingWeKnow", HOSTILE))
    )  # fmt: skip
    store.put_verdict(GateVerdict(stage="filters", key=f"v{version}", passed=True, checks=checks))
    stages = (("filters", f"k{version}"), ("audit", f"k{version}"))
    release = Release(
        dataset="shop", version=version, stages=stages, verdicts=(("filters", f"v{version}"),), rows=rows,
        content=f"c{version}", recipe={"dataset": "shop", "description": HOSTILE}, build="b",
        published_at=f"2026-11-2{version}T03:14:07+00:00", previous=version - 1 or None,
    )  # fmt: skip
    write_folder(store, release)
    return store.publish(release)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("shop") / "store")
    released(made, 1, 120, 30)
    released(made, 2, 150, 12, observed=HOSTILE)
    return made


@pytest.fixture(scope="module")
def site(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    write_site(store, store.datasets(), out)
    return out


def test_every_page_is_there_and_every_link_leads_to_one(site: Path) -> None:
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert pages == {"index.html", "shop/index.html", "shop/1/report.html", "shop/2/report.html"}
    for page in pages:
        text = (site / page).read_text("utf-8")
        for address in Outline(text).attributes("href"):
            if not address.startswith("#") and address != "data:,":
                assert ((site / page).parent / address).resolve().is_file(), (page, address)


def test_releases_stand_side_by_side_with_their_trends(site: Path) -> None:
    page = (site / "shop" / "index.html").read_text("utf-8")
    text = " ".join(" ".join(Outline(page).text).split())
    assert "Version 2: Its gate passed, but below what was asked for: aligned (80% of the rows, asked" in text
    assert "up from 120" in text
    assert "+10 −3 ~1" in text
    assert "Toxic 12 30 toxicity above the recipe's threshold" in text
    assert "Aligned 80% 85%" in text
    assert page.count("<svg role=") == 6
    assert "version 1: 120, version 2: 150" in page


def test_no_page_runs_or_asks_anything(site: Path) -> None:
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        outline = Outline(page)
        assert {tag for tag, _ in outline.tags} <= OURS, path
        assert outline.astray == [], path
        assert "default-src 'none'" in page
        assert not re.search(r"@import|url\((?!#)", page), path
        assert outline.attributes("src") == [], path


# serving


@contextmanager
def serving(store: Store, secret: str | None = SECRET) -> Iterator[int]:
    """`instructory serve-reports` as a process of its own; the port it listens at."""
    port = free_port()
    word = {"PREFECT_SERVER_API_AUTH_STRING": secret} if secret else {}
    with listening(port, "serve-reports", "--store", str(store.root), "--port", str(port), **word):
        yield port


@pytest.fixture(scope="module")
def port(store: Store) -> Iterator[int]:
    with serving(store) as found:
        yield found


def asked(port: int, path: str, method: str = "GET", secret: str | None = SECRET) -> tuple[int, dict[str, str], bytes]:
    """The answer to a request whose path is sent exactly as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_a_reader_with_the_password_sees_datasets_trends_and_reports(port: int, store: Store) -> None:
    assert b'href="shop/index.html"' in asked(port, "/")[2]
    assert b"Version 2: Its gate passed" in asked(port, "/shop/")[2]
    status, headers, body = asked(port, "/shop/1/report.html")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body == (store.root / "releases/shop/1/report.html").read_bytes()


def test_a_release_published_later_is_served(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    released(store, 1, 20, 3)
    with serving(store) as port:
        assert b"Version 1: Its gate passed" in asked(port, "/shop/")[2]
        released(store, 2, 25, 3)
        assert b"Version 2: Its gate passed" in asked(port, "/shop/")[2]


def test_connections_that_send_no_request_shut_nobody_out_and_end(port: int) -> None:
    with ExitStack() as ending:
        idle = [ending.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(100)]
        for connection in idle[:50]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: reports")  # headers that never end
        assert asked(port, "/")[0] == 200
        for connection in idle:
            connection.settimeout(REQUEST_SECONDS + 5)
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""


@pytest.mark.parametrize("secret", [None, "", "reader:", "reader:wrong", "READER:corréct-horse", f"{SECRET}x", ":"])
@pytest.mark.parametrize("path", ["/", "/shop/", "/shop/1/report.html", "/metrics", "/nowhere", "/shop/9/report.html"])
def test_without_the_password_every_page_is_alike(port: int, path: str, secret: str | None) -> None:
    status, headers, body = asked(port, path, secret=secret)
    assert (status, body) == (401, b"user and password, please\n")
    assert headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "path",
    [
        "/../journal.sqlite",
        "/shop/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/shop/%2e%2e%2f%2e%2e%2frefs/report.html",
        "/..%2f..%2fetc/passwd",
        "/shop/1/../../../refs/shop/1.json",
        "/shop/1/recipe.json",
        "/shop/1/data/train-00000-of-00001.parquet",
        "/shop/01/report.html",
        "/shop/1%00/report.html",
        "/shop/-1/report.html",
        "/shop/%D9%A1/report.html",
        "//etc/passwd",
        "/releases/shop/1/report.html",
        "/shop\\1\\report.html",
        "/SHOP/1/report.html",
        "/" + "a" * 5000,
    ],
)
def test_no_address_leads_anywhere_else(port: int, path: str) -> None:
    status, _, body = asked(port, path)
    assert status in (400, 404)
    assert status == 400 or body == b"no such page\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(port: int, method: str) -> None:
    assert asked(port, "/shop/1/report.html", method)[0] == 405
    assert asked(port, "/shop/1/report.html", method, secret=None)[0] == 401


@pytest.mark.parametrize("path", ["/", "/shop/1/report.html", "/nowhere"])
@pytest.mark.parametrize("secret", [SECRET, None])
def test_every_answer_has_strict_headers(port: int, path: str, secret: str | None) -> None:
    headers = asked(port, path, secret=secret)[1]
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in headers


def test_a_report_behind_a_link_out_of_the_store_is_not_served(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    released(store, 1, 20, 3)
    secret = tmp_path / "secret.txt"
    secret.write_text("not for readers")
    report = store.root / "releases/shop/1/report.html"
    report.unlink()
    report.symlink_to(secret)
    with serving(store) as port:
        status, headers, body = asked(port, "/shop/1/report.html")
    assert status == 500
    assert b"not for readers" not in body
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("given", [None, "", "nobody", ":word", "user:"])
def test_nothing_is_served_without_a_password(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)
    if given is not None:
        monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", given)
    with pytest.raises(BadInput, match="PREFECT_SERVER_API_AUTH_STRING=USER:PASSWORD"):
        password()


def test_figures_of_the_latest_releases_are_scraped(port: int) -> None:
    status, _, body = asked(port, "/metrics")
    assert status == 200
    figures = scraped(body.decode())
    assert figures['instructory_release_version{dataset="shop"}'] == 2
    assert figures['instructory_release_rows{dataset="shop"}'] == 150
    assert figures['instructory_release_usd{dataset="shop"}'] == 0.5
    assert figures['instructory_release_stage_rows{dataset="shop",outcome="rejected",stage="filters"}'] == 12


# figures and logs of builds


def scraped(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def done(store: Store, cached: bool = False) -> StageDone:
    row = {"example_id": "r1", "error": "the teacher said nothing; s3cr3t-value-42"}
    parts = {"kept": (), "rejected": (), "failed": store.put(pa.Table.from_pylist([row], failed_schema(CLUSTERED)))}
    manifest = Manifest(
        stage="answers", key="k", identity={}, sources={}, tables=parts, reasons={"refusal": 3}, facts={}, inputs=(),
        ledger=Ledger(rows_in=10, created=0, used=0, kept=6, rejected=3, failed=1), seconds=4.0, written_at="",
        spending=Spending(requests=12, replayed=2, tokens=3400, cost_usd=0.125),
    )  # fmt: skip
    return StageDone(manifest, cached, 4.0)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    build = Build(Store(tmp_path / "store"), "shop", "shop-1")
    with building(build):
        yield build


def test_figures_of_a_build_are_scraped_while_it_runs(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv(metrics.VARIABLE, str(port))
    with metrics.export_metrics(build):
        for cached in (False, True):
            build.listener.ended(done(build.store, cached))
        build.listener.judged(GateVerdict(stage="answers", key="k", passed=False, checks=()))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            figures = scraped(answer.read().decode())
    at = 'dataset="shop",'
    for outcome, rows in {"in": 10, "made": 0, "kept": 6, "rejected": 3, "failed": 1}.items():
        assert figures[f'instructory_stage_rows{{{at}outcome="{outcome}",stage="answers"}}'] == rows
    assert figures[f'instructory_rejected_rows{{{at}reason="refusal",stage="answers"}}'] == 3
    for name, value in {"requests": 12, "replayed": 2, "tokens": 3400, "usd": 0.125, "stage_seconds": 4.0}.items():
        assert figures[f'instructory_{name}_total{{{at}stage="answers"}}'] == value
    assert figures[f'instructory_stages_total{{cached="yes",{at}stage="answers"}}'] == 1
    assert figures[f'instructory_gates_total{{{at}passed="no",stage="answers"}}'] == 1


def test_figures_are_written_to_a_file(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics.VARIABLE, str(tmp_path / "builds.prom"))
    with metrics.export_metrics(build):
        build.listener.ended(done(build.store))
    assert 'outcome="kept",stage="answers"} 6.0' in (tmp_path / "builds.prom").read_text()


def test_nothing_is_counted_or_logged_unless_asked(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics.VARIABLE, raising=False)
    monkeypatch.delenv("INSTRUCTORY_LOG", raising=False)
    listener = build.listener
    with metrics.export_metrics(build), write_log(build, "run"):
        assert build.listener is listener


def test_a_taken_port_stops_no_build_and_a_wrong_one_says_how(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv(metrics.VARIABLE, f"127.0.0.1:{taken.getsockname()[1]}")
        with metrics.export_metrics(build):
            build.listener.ended(done(build.store))
    monkeypatch.setenv(metrics.VARIABLE, "everywhere")
    with (
        pytest.raises(BadInput, match=r"give PORT, HOST:PORT or a file that ends in \.prom"),
        metrics.export_metrics(build),
    ):
        pass


def test_the_log_names_run_stage_and_rows_and_no_secret(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTRUCTORY_LOG", str(tmp_path / "log.jsonl"))
    monkeypatch.setenv("SHOP_API_KEY", "s3cr3t-value-42")
    check = CheckResult(
        expectation="E", column="c", expected="x", observed="y", passed=False, why="", failing_ids=("r2",)
    )

    def stops() -> None:
        with write_log(build, "run-1"):
            build.listener.began("answers")
            build.listener.ended(done(build.store))
            build.listener.judged(GateVerdict(stage="answers", key="k", passed=False, checks=(check,)))
            raise RuntimeError("it was s3cr3t-value-42")

    with pytest.raises(RuntimeError):
        stops()
    text = (tmp_path / "log.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert "s3cr3t" not in text
    assert {(line["run"], line["dataset"], line["build"]) for line in lines} == {("run-1", "shop", "shop-1")}
    assert [line["event"] for line in lines] == [
        "build-began", "stage-began", "stage-ended", "row-failed", "gate", "check-failed", "row-stops-gate", "build-stopped",
    ]  # fmt: skip
    assert [line["row"] for line in lines if "row" in line] == ["r1", "r2"]
    assert {line["stage"] for line in lines[1:]} == {"answers"}
    assert (lines[2]["kept"], lines[2]["cost_usd"]) == (6, 0.125)
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o077 == 0
