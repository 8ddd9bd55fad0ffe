"""Who reviews: names, tokens that are shown once, and the signed cookie of one sitting.

reviewers/reviewers.json     {name: {salt, sha256 of salt and token, since}}
reviewers/key                signs cookies, and what stands in every form

A token is 256 random bits, so one round of SHA-256 over it cannot be searched backwards; there is no password to stretch. Both
files can be read by their owner only, and stay on the machine that serves the page, also where the store is a bucket.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput
from tasks.review.decisions import REVIEWER
from tasks.store.files import inside, private_folder, write_once

SITTING_SECONDS: Final = 12 * 3600
"""After so long a reviewer signs in again."""


@dataclass(frozen=True)
class Sitting:
    """Who sent a request, and since which sign-in."""

    reviewer: str
    session: str
    cookie: str


class Reviewers:
    """The reviewers that a store knows."""

    def __init__(self, root: Path) -> None:
        self.folder = inside(root, root / "reviewers")
        self._file = self.folder / "reviewers.json"

    def names(self) -> dict[str, str]:
        """Every reviewer, and since when."""
        return {name: one["since"] for name, one in sorted(self._known().items())}

    def add(self, name: str) -> str:
        """Let somebody review; their token, which is stored nowhere. A name that is there gets a new token, and the earlier one is
        void with every cookie given for it. BadInput for a name that cannot be one."""
        if not REVIEWER.fullmatch(name):
            raise BadInput(
                f"reviewer {name!r}: small letters, digits, - and _, at most 40, as it will stand in each decision"
            )
        token, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
        entry = {"salt": salt, "sha256": _hash(salt, token), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        self._write(self._known() | {name: entry})
        return token

    def remove(self, name: str) -> None:
        """Let somebody review no longer, at once; what they decided stays. BadInput if nobody has that name."""
        known = self._known()
        if name not in known:
            raise BadInput(f"no reviewer {name!r}; there are: {', '.join(sorted(known)) or 'none yet'}")
        self._write({other: entry for other, entry in known.items() if other != name})

    def admits(self, name: str, token: str) -> bool:
        """Whether this is the reviewer's token; takes equally long for a name that nobody has."""
        entry = self._known().get(name, {"salt": "", "sha256": ""})
        return hmac.compare_digest(entry["sha256"], _hash(entry["salt"], token))

    def sit_down(self, name: str) -> Sitting:
        """A new sitting of a reviewer who was admitted."""
        session = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        said = f"{name}.{session}.{int(time.time()) + SITTING_SECONDS}"
        return Sitting(name, session, f"{said}.{self._signature(name, said)}")

    def sitting(self, cookie: str) -> Sitting | None:
        """The sitting that a cookie was made for; None unless it is ours and lasts, and its reviewer still has the same token."""
        said, _, signature = cookie.rpartition(".")
        parts = said.split(".")
        if len(parts) != 3 or not parts[2].isdecimal() or not signature.isascii():
            return None
        name, session, until = parts
        sound = name in self._known() and hmac.compare_digest(signature, self._signature(name, said))
        return Sitting(name, session, cookie) if sound and int(until) > time.time() else None

    def form_token(self, cookie: str) -> str:
        """What every form of this sitting holds, so that no other site can send one for the reviewer."""
        return self._sign(f"form\0{cookie}")

    def is_form_token(self, cookie: str, given: str) -> bool:
        """Whether a form was made for this sitting."""
        return given.isascii() and hmac.compare_digest(self.form_token(cookie), given)

    def _signature(self, name: str, said: str) -> str:
        return self._sign(f"cookie\0{said}\0{self._known().get(name, {}).get('sha256', '')}")

    def _sign(self, text: str) -> str:
        return hmac.new(self._key(), text.encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        file = self.folder / "key"
        if not file.exists():
            private_folder(self.folder)
            try:
                handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return file.read_bytes()
            with os.fdopen(handle, "wb") as written:
                written.write(secrets.token_bytes(32))
        return file.read_bytes()

    def _known(self) -> dict[str, dict[str, str]]:
        if not self._file.exists():
            return {}
        found: dict[str, dict[str, str]] = json.loads(self._file.read_text("utf-8"))
        return found

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        write_once(self._file, json.dumps(known, indent=1, sort_keys=True).encode())
        self._file.chmod(0o600)


class FailedLogins:
    """Counts what went wrong lately, so that nobody tries token after token."""

    WITHIN_SECONDS: Final = 60.0
    OF_ONE: Final = 5
    """Failures from one address for one name, after which it waits."""
    OF_ALL: Final = 200

    def __init__(self) -> None:
        self._times: list[tuple[float, str]] = []

    def too_many(self, who: str, now: float) -> bool:
        """Whether `who` (or everybody together) failed so often that the next attempt has to wait."""
        self._times = [(at, name) for at, name in self._times if at > now - self.WITHIN_SECONDS]
        return len(self._times) >= self.OF_ALL or sum(name == who for _, name in self._times) >= self.OF_ONE

    def add(self, who: str, now: float) -> None:
        """Remember a failure."""
        self._times.append((now, who))


def _hash(salt: str, token: str) -> str:
    return hashlib.sha256(f"{salt}\0{token}".encode("utf-8", "surrogatepass")).hexdigest()
