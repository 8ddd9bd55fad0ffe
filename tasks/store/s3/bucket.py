"""The objects of an S3 bucket below a prefix: get, put if absent, put if unchanged, list, copy, delete; errors in one line."""

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
"""Variables that name credentials. With none of them set we stop: the client would look for a cloud's metadata service."""
TRIES: Final = 5
"""How often a request that failed in the network or the server is repeated, with growing pauses: some six seconds in all."""
AT_ONCE: Final = 5 << 30
"""Most bytes that S3 takes or copies in one request."""
_OWNER: Final = "claimed-by"


@dataclass(frozen=True)
class S3Object:
    """What a bucket says about an object."""

    key: str
    size: int
    changed: float
    """Seconds since 1970, by the server's clock."""
    tag: str
    """The ETag, which changes whenever the object does."""


class Bucket:
    """The objects below a prefix of a bucket, by their names without the prefix."""

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
            raise BadInput(f"{self.address}: a store on S3 needs the extra s3: pip install obstore") from None
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
        with self._readable_errors():
            return S3Store(self._bucket, client_options=client, retry_config=retry, **named)

    def read(self, key: str) -> tuple[bytes, S3Object] | None:
        """An object's bytes and what the bucket says about it; None if there is none."""
        import obstore

        with self._readable_errors():
            try:
                answer = obstore.get(self._store, self._prefix + key)
                return bytes(answer.bytes()), self._object(answer.meta)
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

    def pieces(self, key: str) -> Iterator[bytes] | None:
        """The bytes of an object, a few megabytes at a time; None if there is none."""
        import obstore

        with self._readable_errors():
            try:
                answer = obstore.get(self._store, self._prefix + key)
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

        def flow() -> Iterator[bytes]:
            with self._readable_errors():
                for piece in answer.stream():
                    yield bytes(piece)

        return flow()

    def look(self, key: str) -> S3Object | None:
        """What the bucket says about an object; None if there is none."""
        import obstore

        with self._readable_errors():
            try:
                return self._object(obstore.head(self._store, self._prefix + key))
            except FileNotFoundError as error:
                _require_bucket(error)
                return None

    def create(self, key: str, data: bytes | Path) -> str | None:
        """Put an object where there is none; returns its tag, or None if another process was first.

        A put whose answer is lost is repeated, and then meets an object: an attribute on it shows whether it is ours.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        where, mark = self._prefix + key, secrets.token_hex(8)
        with self._readable_errors():
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
                except FileNotFoundError:  # the put that was first failed as well
                    continue
                return there.meta["e_tag"] or "" if there.attributes.get(_OWNER) == mark else None
        raise InstructoryError(f"{self.server} neither takes nor shows {self.address}/{key}; run again")

    def swap(self, key: str, data: bytes, tag: str) -> str | None:
        """Replace the object that has the tag `tag`; returns the new tag, or None if the object has changed or is gone."""
        import obstore
        from obstore.exceptions import PreconditionError

        with self._readable_errors():
            try:
                done = obstore.put(self._store, self._prefix + key, data, mode={"e_tag": tag}, use_multipart=False)
                return done["e_tag"] or ""
            except (PreconditionError, FileNotFoundError):
                return None

    def put(self, key: str, data: bytes | Path) -> None:
        """Put an object in place of whatever was there."""
        import obstore

        with self._readable_errors():
            obstore.put(self._store, self._prefix + key, data)

    def copy(self, key: str, name: str) -> None:
        """Copy an object inside the bucket."""
        import obstore

        with self._readable_errors():
            obstore.copy(self._store, self._prefix + key, self._prefix + name)

    def list(self, prefix: str) -> Iterator[S3Object]:
        """The objects below `prefix`, which names a folder."""
        import obstore

        with self._readable_errors():
            for some in obstore.list(self._store, self._prefix + prefix, chunk_size=1000):
                yield from map(self._object, some)

    def delete(self, key: str) -> None:
        """Remove an object, if there is one."""
        import obstore

        with self._readable_errors():
            obstore.delete(self._store, self._prefix + key)

    def _object(self, meta: Any) -> S3Object:
        key = meta["path"].removeprefix(self._prefix)
        return S3Object(key, meta["size"], meta["last_modified"].timestamp(), meta["e_tag"] or "")

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn the client's exceptions into errors that name the server's code and what to do."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._error(str(error)) from None

    def _error(self, text: str) -> InstructoryError:
        code = found[1] if (found := re.search(r"<Code>(\w{1,64})</Code>", text)) else ""
        status = found[1] if (found := re.search(r"\bstatus code: (\d{3})", text)) else ""
        if code == "NoSuchBucket":
            return BadInput(
                f"{self.server} has no bucket {self._bucket!r}; make it, or name another: s3://bucket/prefix"
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
    """Raise `error` again if it is the bucket that does not exist, not only the object."""
    if "NoSuchBucket" in str(error):
        raise error
