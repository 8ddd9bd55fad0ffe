"""A server that scores texts is trusted no more than a model's: bounded bodies and time, and the key for nobody else."""

import time

import pytest

from tasks.core.errors import BadInput, TeacherDown
from tasks.teachers.posting import posted
from tests.servers.attacks import attacking
from tests.servers.loopback import Asked, answering


def post(url: str, seconds: float = 5.0) -> bytes:
    return posted(f"{url}/score", b"{}", "a-key-of-nobody", "SCORES_KEY", seconds, "the judge", tries=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_elsewhere(status: int) -> None:
    asked: list[Asked] = []

    def elsewhere(one: Asked) -> tuple[int, bytes]:
        asked.append(one)
        return 200, b"{}"

    with (
        answering(elsewhere) as other,
        attacking(f"redirect {status} {other}/x") as url,
        pytest.raises(TeacherDown, match=f"sends us on to {other}/x, and no redirect"),
    ):
        post(url)
    assert asked == []


@pytest.mark.parametrize("attack", ["plain", "gzip", "headers"])
def test_a_body_is_bounded(attack: str) -> None:
    with attacking(attack, 64 << 20) as url, pytest.raises(TeacherDown):
        post(url)


def test_an_answer_is_there_in_time_or_not_at_all() -> None:
    began = time.monotonic()
    with attacking("drip") as url, pytest.raises(TeacherDown, match="timeout"):
        post(url, 0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", b"HTTP/1.1 999\r\n\r\n", b""]
)
def test_what_is_no_http_is_trouble(answer: bytes) -> None:
    with attacking(answer) as url, pytest.raises(TeacherDown):
        post(url)


def test_a_key_that_is_refused_is_named() -> None:
    with (
        answering(lambda _asked: (403, b"who?")) as url,
        pytest.raises(BadInput, match="refuses the key in SCORES_KEY"),
    ):
        post(url)
