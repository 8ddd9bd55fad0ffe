"""A folder of an S3 bucket: get, put if absent, put if unchanged, list, copy, delete; and what goes wrong, in one line."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.redaction import plain_address

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Store

NAMES_CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Without one of them nothing is asked: the client would look for a cloud machine's metadata service."""
TRIES: Final = 5
"""Repeats of a request that the network or the server failed, with growing pauses: some six seconds altogether."""
AT_ONCE: Final = 5 << 30
"""Bytes that S3 takes or copies in one request."""
_OWNER: Final = "claimed-by"


@dataclass(frozen=True)
class Kept:
    """What a bucket says of an object."""

    key: str
    size: int
    changed: float
    """Seconds since 1970, by the server's clock."""
    tag: str
    """Changes whenever the object does."""


class Bucket:
    """The objects below a prefix, by their names there."""

    def __init__(self, address: str, endpoint: str) -> None:
        self.address = address
        self.server = plain_address(endpoint) if endpoint else "Amazon S3"
        self._bucket, _, prefix = address.removeprefix("s3://").partition("/")
        self._prefix = prefix and f"{prefix}/"
        self._store = self._opened(endpoint)

    def _opened(self, endpoint: str) -> "S3Store":
        try:
            from obstore.store import S3Store
        except ImportError:
            raise BadInput(f"{self.address}: a store on S3 needs the package obstore: pip install obstore") from None
        if not any(os.environ.get(name) for name in NAMES_CREDENTIALS):
            raise BadInput(
                f"{self.address}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"
            )
        client: ClientConfig = {
            "allow_http": urlsplit(endpoint).scheme == "http",
            "connect_timeout": "5s",
            "timeout": "600s",
            "read_timeout": "60s",
        }
        retry: RetryConfig = {"max_retries": TRIES, "retry_timeout": timedelta(seconds=120)}
        named: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        if not (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
            named["region"] = "us-east-1"
        with self._speaking():
            return S3Store(self._bucket, client_options=client, retry_config=retry, **named)

    def read(self, key: str) -> tuple[bytes, Kept] | None:
        """An object and what is known of it; None if there is none."""
        import obstore

        with self._speaking():
            try:
                answer = obstore.get(self._store, self._prefix + key)
                return bytes(answer.bytes()), self._kept(answer.meta)
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

    def pieces(self, key: str) -> Iterator[bytes] | None:
        """The bytes of an object, a few megabytes at a time; None if there is none."""
        import obstore

        with self._speaking():
            try:
                answer = obstore.get(self._store, self._prefix + key)
            except FileNotFoundError as error:
                _require_bucket(error)
                return None
        return self._flowing(answer.stream())

    def _flowing(self, pieces: Any) -> Iterator[bytes]:
        with self._speaking():
            for piece in pieces:
                yield bytes(piece)

    def look(self, key: str) -> Kept | None:
        """What is known of an object; None if there is none."""
        import obstore

        with self._speaking():
            try:
                return self._kept(obstore.head(self._store, self._prefix + key))
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

    def create(self, key: str, data: bytes | Path) -> str | None:
        """Put an object where there is none; its tag, or None if another was first.

        An answer that got lost is asked for again, and then an object is in the way: whether it is ours is told by a mark on it.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        where, mark = self._prefix + key, secrets.token_hex(8)
        with self._speaking():
            for _ in range(TRIES):
                try:
                    done = obstore.put(
                        self._store, where, data, mode="create", attributes={_OWNER: mark}, use_multipart=False
                    )
                    return done["e_tag"] or ""
                except AlreadyExistsError:
                    pass
                try:
                    there = obstore.get(self._store, where, options={"head": True})
                except FileNotFoundError:  # whoever was in the way failed as well
                    continue
                return there.meta["e_tag"] or "" if there.attributes.get(_OWNER) == mark else None
        raise InstructoryError(f"{self.server} neither takes nor shows {self.address}/{key}; run again")

    def swap(self, key: str, data: bytes, tag: str) -> str | None:
        """Put an object in place of the one with `tag`; its tag, or None if that is no longer there."""
        import obstore
        from obstore.exceptions import PreconditionError

        with self._speaking():
            try:
                return (
                    obstore.put(self._store, self._prefix + key, data, mode={"e_tag": tag}, use_multipart=False)[
                        "e_tag"
                    ]
                    or ""
                )
            except (PreconditionError, FileNotFoundError):
                return None

    def put(self, key: str, data: bytes | Path) -> None:
        """Put an object in place of whatever was there."""
        import obstore

        with self._speaking():
            obstore.put(self._store, self._prefix + key, data)

    def copy(self, key: str, name: str) -> None:
        """Copy an object inside the bucket."""
        import obstore

        with self._speaking():
            obstore.copy(self._store, self._prefix + key, self._prefix + name)

    def list(self, prefix: str) -> Iterator[Kept]:
        """The objects below `prefix`, which names a folder."""
        import obstore

        with self._speaking():
            for some in obstore.list(self._store, self._prefix + prefix, chunk_size=1000):
                yield from map(self._kept, some)

    def delete(self, key: str) -> None:
        """Remove an object; none is fine as well."""
        import obstore

        with self._speaking():
            obstore.delete(self._store, self._prefix + key)

    def _kept(self, meta: Any) -> Kept:
        key = meta["path"].removeprefix(self._prefix)
        return Kept(key, meta["size"], meta["last_modified"].timestamp(), meta["e_tag"] or "")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What the client raises, said for a person: the server's own code, and what to do."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._said(str(error)) from None

    def _said(self, text: str) -> InstructoryError:
        code = found[1] if (found := re.search(r"<Code>(\w{1,64})</Code>", text)) else ""
        status = found[1] if (found := re.search(r"\bstatus code: (\d{3})", text)) else ""
        if code == "NoSuchBucket":
            return BadInput(
                f"{self.server} has no bucket {self._bucket!r}; make it, or name another: --store s3://bucket/prefix"
            )
        if status in {"401", "403"}:
            return BadInput(
                f"{self.server} refuses the credentials for {self.address} ({code or status}); check AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there"
            )
        if (
            code in {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
            or status == "301"
        ):
            return BadInput(
                f"bucket {self._bucket!r} is in another region than asked for ({code}); set AWS_REGION to its region"
            )
        if status or code:
            return InstructoryError(
                f"{self.server} failed a request for {self.address} ({code or status}); what is finished is kept, run again"
            )
        return InstructoryError(
            f"{self.server} does not answer for {self.address}; check AWS_ENDPOINT_URL and the network; what is finished is "
            "kept, run again"
        )


def _require_bucket(error: FileNotFoundError) -> None:
    """An object may be absent; if the bucket is, that is an error."""
    if "NoSuchBucket" in str(error):
        raise error
