"""Secrets in exceptions, logs, recipes and addresses."""

import base64
import logging
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import recipe_file
from flows.cli import errors
from flows.deployment import server
from tasks.core.errors import BadInput, InstructoryError
from tasks.core.redaction import MASK, Redactor, holds_secret, masked, redact_logs, without_secrets
from tasks.teachers.protocol import TeacherSettings
from tasks.teachers.vendors import check
from tests.cli.commands import HOUSE
from tests.security.conftest import CANARIES, leaks, secrets

KEY = CANARIES["OPENAI_API_KEY"]


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)


def test_an_error_that_carries_a_key_is_written_nowhere(prefect_server: str, tmp_path: Path) -> None:
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    surroundings = {**os.environ, **CANARIES, "PREFECT_HOME": str(tmp_path / "prefect"), "HOME": str(tmp_path / "home")}
    surroundings |= {"TMPDIR": str(tmp_path / "temporary"), "PYTHONPATH": str(HOUSE)}
    surroundings["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "INFO"
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.leaky", "leak", "--store", str(tmp_path / "store")],
        cwd=tmp_path, env=surroundings, capture_output=True, timeout=200,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert b"unexpected Unforeseen: could not send Bearer [secret]; details in" in said
    log = tmp_path / "store" / errors.FILE_NAME
    assert log.stat().st_mode & 0o777 == 0o600
    assert "illegal header '[secret]'" in log.read_text()
    assert [name for name, shapes in secrets().items() if any(shape in said for shape in shapes)] == []
    assert leaks(tmp_path, Path(os.environ["PREFECT_HOME"])) == []
    database = next(Path(os.environ["PREFECT_HOME"]).glob("*.db*"))
    assert b"could not send" in b"".join(path.read_bytes() for path in database.parent.glob("*.db*"))


@pytest.mark.usefixtures("canaries")
@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(sorted(CANARIES)))
def test_a_secret_is_masked_in_every_form(before: str, after: str, name: str) -> None:
    secret = CANARIES[name] if name != "HTTP_PROXY_UNUSED" else "canaryproxy8Mn6Bv4C"
    travelling = (secret, quote(secret, safe=""), base64.b64encode(f"{before}{secret}{after}".encode()).decode())
    for form in travelling:
        clean = masked(f"{before} {form} {after}")
        assert form not in clean
        assert MASK in clean


SECRET = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/=~-", min_size=16, max_size=40)
KEPT_IN = (
    "AWS_SECRET_ACCESS_KEY", "SIGNING_KEY", "DB_PASS", "GITHUB_PAT", "CI_TOKENS", "DEPLOY_PRIVATE_KEY", "SENTRY_DSN",
    "AZURE_ACCOUNTKEY", "OPENAI_KEY2", "CI_TOKEN_1", "MYSQL_PWD", "SLACK_WEBHOOK_URL", "SESSION_COOKIE", "CI_JWT",
)  # fmt: skip


@given(st.sampled_from(KEPT_IN), st.sampled_from(["/", "~", "~/", ""]), SECRET)
def test_a_secret_is_masked_whatever_it_begins_with_and_however_it_comes_back(name: str, begin: str, rest: str) -> None:
    secret = begin + rest
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, secret)
        echoed = [
            secret,
            secret[::-1],
            secret.encode().hex(),
            secret.encode().hex().upper(),
            secret.swapcase(),
            secret.upper(),
        ]
        for form in echoed:
            assert form not in masked(f"the server said: {form}, which is wrong")
            assert holds_secret(f"first line\n{form}\n".encode()) == name
        assert name not in server.environment_without_secrets()


def test_variables_that_name_a_file_hold_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a-long-name.json").touch()
    paths = {
        "GOOGLE_APPLICATION_CREDENTIALS": "/not/here.json",
        "PASSWORD_FILE": "~/not/here",
        "DB_PASS": f"{tmp_path}/a-long-name.json",
    }
    for name, value in paths.items():
        monkeypatch.setenv(name, value)
        assert masked(f"cannot read {value}") == f"cannot read {value}"
        assert server.environment_without_secrets()[name] == value


def test_two_variables_with_one_secret_stay_both_outside_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_KEY", "SECOND_KEY"):
        monkeypatch.setenv(name, "one-secret-for-two")
    assert not {"FIRST_KEY", "SECOND_KEY"} & server.environment_without_secrets().keys()


@pytest.mark.parametrize(
    "query",
    [
        "sv=1&sig=abcDEF123", "code=4/0AX4XfWh", "X-Amz-Signature=00ff", "api_key=zzzz9999", "pat=ghp12345", "a=1;sig=abcd1234",
    ],
)  # fmt: skip
def test_keys_in_the_query_of_an_address_are_masked(query: str) -> None:
    key = query.rpartition("=")[2]
    assert key not in masked(f"GET https://blobs.example.org/a?x=1&{query}&page=2 failed")
    assert "design=blue" in masked("GET https://shop.example.org/?design=blue&zipcode=12345 failed")


@pytest.mark.parametrize(
    "value",
    [
        "https://blobs.example.org/a?sv=1&sig={}&se=2",
        "Endpoint=https;AccountName=a;AccountKey={};Suffix=b",
        "https://x.org/#access_token={}",
    ],
)
@given(secret=st.text("abcdefghijkmnopqrstuvwxyz23456789", min_size=12, max_size=30))
def test_keys_within_an_address_of_the_environment_are_masked_in_every_form(value: str, secret: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHERE_IT_IS", value.format(secret))
        for form in (secret, secret[::-1], secret.encode().hex(), secret.upper()):
            assert form not in masked(f"the server said: {form}")


def test_a_secret_that_a_text_breaks_off_in_is_masked_too() -> None:
    assert Redactor([KEY]).exact(f"the server said {KEY[:20]}") == f"the server said {MASK}"


def test_no_log_record_and_no_error_turns_a_line_or_commands_a_terminal() -> None:
    redact_logs()
    name = "report\u202egpj.exe \x1b[2J"
    record = logging.getLogger("prefect").makeRecord(
        "prefect", logging.WARNING, "f", 1, "cannot read %s", (name,), None
    )
    assert not {"\u202e", "\x1b"} & set(record.getMessage())
    assert "right-to-left override" in record.getMessage()
    with pytest.raises(BadInput) as caught, without_secrets():
        raise BadInput(f"cannot read {name}")
    assert not {"\u202e", "\x1b"} & set(str(caught.value))


@pytest.mark.usefixtures("canaries")
def test_a_filter_holds_for_loggers_with_handlers_of_their_own(tmp_path: Path) -> None:
    redact_logs()
    logger, handler = logging.getLogger("prefect.of.its.own"), logging.FileHandler(tmp_path / "log")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        raise RuntimeError(f"with {KEY}")
    except RuntimeError:
        logger.exception("key %s and %d", KEY, 3)
    handler.close()
    logger.removeHandler(handler)
    text = (tmp_path / "log").read_text()
    assert KEY not in text
    assert "key [secret] and 3" in text
    assert "RuntimeError: with [secret]" in text


@pytest.mark.usefixtures("canaries")
def test_exceptions_keep_their_type_and_lose_their_secrets() -> None:
    with pytest.raises(ConnectionError) as caught, without_secrets():
        raise ConnectionError(7, f"no route with {KEY}")
    assert caught.value.args == (7, "no route with [secret]")

    class Stubborn(Exception):
        def __str__(self) -> str:
            return KEY

    with pytest.raises(InstructoryError, match=r"^Stubborn: \[secret\]$"), without_secrets():
        raise Stubborn


def test_an_error_log_is_its_owners_and_follows_no_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / errors.FILE_NAME).symlink_to(victim)
    line = errors.keep_traceback(RuntimeError("x"), tmp_path / "store")
    assert victim.read_text() == "precious"
    kept = Path(line.partition("details in ")[2])
    assert kept.parent == Path(tempfile.gettempdir())
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.unlink()
    (tmp_path / "file").write_text("")
    kept = Path(errors.keep_traceback(RuntimeError("x"), tmp_path / "file" / "store").partition("details in ")[2])
    assert "RuntimeError: x" in kept.read_text()
    kept.unlink()


@pytest.mark.parametrize(
    "address",
    ["https://user:password1@host/v1", "https://token@host/v1", "https://host/v1?api_key=abc"],
    ids=["password", "user", "query"],
)
def test_an_address_with_a_password_is_refused_without_repeating_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match=r"teacher\.base_url: an address with a password or key") as caught:
        recipe_file.load("demo", [f"teacher.base_url={address}"])
    assert "password1" not in str(caught.value)
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    with pytest.raises(BadInput, match="OPENAI_BASE_URL holds an address with a password"):
        check(TeacherSettings(provider="openai", model="m"))
    monkeypatch.setenv("PREFECT_API_URL", address)
    with pytest.raises(BadInput, match="PREFECT_API_URL holds a password"), server.serving(tmp_path, lambda: None):
        pass


@pytest.mark.usefixtures("canaries")
def test_a_recipe_that_holds_a_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadInput, match="holds the value of OPENAI_API_KEY") as caught:
        recipe_file.load("demo", [f"description='{KEY}'"])
    assert KEY not in str(caught.value)


def test_our_own_server_answers_only_to_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    with server.serving(tmp_path, lambda: None) as url:
        request = urllib.request.Request(
            f"{url}/flows/filter", b"{}", {"content-type": "application/json", "origin": "http://evil.example"}
        )
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request)
        assert server._post(f"{url}/flows/filter", {}) == []
        password = os.environ["PREFECT_API_AUTH_STRING"]
        keeping = [path for path in tmp_path.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
        assert [(path.suffix, path.stat().st_mode & 0o777) for path in keeping] == [
            (".json", 0o600)
        ]  # for the next build
    assert not keeping[0].exists()
    assert "PREFECT_API_AUTH_STRING" not in os.environ
