"""The recipe's `runner`: whether row-wise work is done by the build itself, or by a Dask or Ray cluster."""

import difflib
import re
import socket
from importlib.util import find_spec
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from tasks.core.errors import BadInput
from tasks.core.params import Params

Kind = Literal["threads", "dask", "ray"]
PACKAGE: Final = {"dask": "prefect-dask", "ray": "prefect-ray"}
"""What has to be installed for a kind; `instructory[KIND]` asks for it."""
SCHEMES: Final = {"dask": ("tcp", "tls"), "ray": ("ray",)}
HEAD: Final = {"dask": "dask scheduler", "ray": "ray start --head"}
"""The command that starts the process to which an address leads."""
ANSWER_SECONDS: Final = 5.0


class RunnerSettings(Params):
    """Where row-wise stages run. Changes no row, so it is in no key."""

    kind: Kind = "threads"
    """threads and processes of the build itself, or processes of a dask or ray cluster."""
    workers: Annotated[int | None, Field(ge=1, le=256)] = None
    """Processes of a cluster that is started for the build on its own machine; empty: as many as the recipe's `workers`."""
    address: str = ""
    """Address of a cluster that runs already, `tcp://HOST:8786` or `ray://HOST:10001`; it brings its own workers."""

    @model_validator(mode="before")
    @classmethod
    def _from_its_kind(cls, given: Any) -> Any:
        return {"kind": given} if isinstance(given, str) else given

    @field_validator("kind", mode="before")
    @classmethod
    def _is_known(cls, kind: Any) -> Any:
        kinds = get_args(Kind)
        if kind not in kinds:
            near = difflib.get_close_matches(str(kind), kinds, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(kinds)}"
            raise ValueError(f"no runner {str(kind)!r}; {hint}")
        return kind

    @model_validator(mode="after")
    def _fits_together(self) -> "RunnerSettings":
        if self.kind == "threads" and (self.workers or self.address):
            raise ValueError(
                "threads need no more than the recipe's own `workers`; for processes name a kind, dask or ray"
            )
        if self.address and self.workers:
            raise ValueError(
                "`workers` are started on this machine, a cluster at an `address` has its own; leave one out"
            )
        parts = re.fullmatch(r"(\w+)://[^/\s:@]+:(\d{1,5})", self.address)
        if self.address and not (parts and parts[1] in SCHEMES[self.kind] and 0 < int(parts[2]) < 1 << 16):
            raise ValueError(f"address {self.address!r} must look like {SCHEMES[self.kind][0]}://HOST:PORT")
        return self


def check(runner: RunnerSettings) -> None:
    """BadInput if the runner's packages are not installed, or nothing answers at its address."""
    if runner.kind == "threads":
        return
    package = PACKAGE[runner.kind]
    if find_spec(package.replace("-", "_")) is None:
        raise BadInput(f"the runner {runner.kind!r} needs instructory[{runner.kind}]: uv pip install {package}")
    if not runner.address:
        return
    address = urlsplit(runner.address)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), ANSWER_SECONDS).close()
    except OSError as error:
        raise BadInput(
            f"nothing answers at {runner.address} ({error.strerror or error}); start it there with `{HEAD[runner.kind]}`, or leave "
            "out `runner.address` for workers on this machine"
        ) from None
