"""TLS, proxies and clocks between us and a model: what is wrong with them is said, and nothing goes where it should not."""

import datetime
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.teachers import TeacherSettings, open_teacher
from tasks.teachers.connections import _tls
from tasks.teachers.http import retry_after
from tests.servers.loopback import Asked, answering
from tests.servers.models import ModelServer, Reply
from tests.teachers.asked import FAST, question, settings_for, texts

CHAT = json.dumps({"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}).encode()


def certificate(folder: Path, from_day: int, to_day: int) -> Path:
    """A self-signed certificate for 127.0.0.1, valid from and to so many days from now, with its key in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + datetime.timedelta(from_day))
        .not_valid_after(now + datetime.timedelta(to_day))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def https(pem: Path) -> Iterator[str]:
    """A chat server behind TLS; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(CHAT)))
            self.end_headers()
            self.wfile.write(CHAT)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that does not trust us hangs up."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-nobody")
    _tls.cache_clear()
    yield
    _tls.cache_clear()


def settings(address: str) -> TeacherSettings:
    return TeacherSettings(provider="openai", model="m", base_url=address, patience=FAST)


@pytest.mark.parametrize(
    ("from_day", "to_day"), [(-1, 1), (-9, -3), (3, 9)], ids=["self-signed", "expired", "not yet valid"]
)
def test_a_certificate_that_is_not_trusted_ends_the_asking_at_once(
    tmp_path: Path, tools: Tools, from_day: int, to_day: int
) -> None:
    with (
        https(certificate(tmp_path, from_day, to_day)) as address,
        open_teacher(settings(address), tools) as teacher,
        pytest.raises(
            BadInput, match=r"the server's certificate is not trusted \(.+\); name its issuer's in SSL_CERT_FILE"
        ),
    ):
        teacher.ask([question("q")])


def test_a_certificate_may_be_trusted_by_name(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path, -1, 1)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with https(pem) as address, open_teacher(settings(address), tools) as teacher:
        assert texts(teacher.ask([question("q")])) == ["fine"]


def test_a_proxy_is_used_for_others_and_not_for_this_machine(
    model_server: ModelServer, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asked] = []

    def proxy(one: Asked) -> tuple[int, bytes]:
        asked.append(one)
        return 200, CHAT

    with answering(proxy) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        with open_teacher(settings("http://model.invalid/v1"), tools) as teacher:
            assert texts(teacher.ask([question("q")])) == ["fine"]
        with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
            assert texts(teacher.ask([question("q")])) == ["An answer."]
    assert [one.path for one in asked] == ["http://model.invalid/v1/chat/completions"]


def test_bodies_from_a_proxy_are_bounded_too(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _asked: (200, b" " * (17 * 2**20))) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        with open_teacher(settings("http://model.invalid/v1"), tools) as teacher:
            [answer] = teacher.ask([question("q")])
    assert "too long" in str(answer)


def test_a_proxy_that_wants_a_password_is_named(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda _asked: (407, b"who are you?")) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        with (
            open_teacher(settings("http://model.invalid/v1"), tools) as teacher,
            pytest.raises(BadInput, match="the proxy wants a user and a password"),
        ):
            teacher.ask([question("q")])


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTP_PROXY", "socks9://127.0.0.1:1"), ("SSL_CERT_FILE", "/no/such/file.pem")],
)
def test_an_environment_that_cannot_be_used_is_named(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with (
        open_teacher(settings("http://model.invalid/v1"), tools) as teacher,
        pytest.raises(BadInput, match=f"no connection to the model can be made .*check .*{variable}"),
    ):
        teacher.ask([question("q")])


@pytest.mark.parametrize(
    "value",
    ["inf", "nan", "-1e999", "9" * 400, "Thu, 01 Jan 9999 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 -0000", "…"],
)
def test_no_clock_makes_us_wait_for_ever(model_server: ModelServer, tools: Tools, value: str) -> None:
    """A server whose clock is years ahead, or ours behind."""
    wait = retry_after({"retry-after": value})
    assert wait is None or wait >= 0
    patience = FAST.model_copy(update={"longest_retry_after_seconds": 0.05})
    if value.isascii():
        model_server.script(Reply(status=429, retry_after=value))
    with open_teacher(settings_for(model_server, "openai", patience=patience), tools) as teacher:
        assert texts(teacher.ask([question("q")])) == ["An answer."]
