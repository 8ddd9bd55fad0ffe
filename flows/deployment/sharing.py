"""A deployment belongs to a store; a worker that sees another folder under the same path must not fill that one instead."""

import os
import secrets
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput
from tasks.store.files import private_folder
from tasks.store.locations import address_of, backend_of

VARIABLE: Final = "INSTRUCTORY_STORE_ID"


def store_id(root: Path) -> str:
    """What tells this store from every other; drawn when first asked for."""
    backend, file = backend_of(private_folder(root)), root / "id"
    if not backend.fetch(file) and not backend.create(file, secrets.token_hex(8).encode()):
        backend.fetch(file)
    return file.read_text("utf-8").strip()


def require_shared(root: Path) -> None:
    """BadInput unless `root` is the store that the deployment of this run was registered with."""
    expected = os.environ.get(VARIABLE)
    if expected and (not backend_of(root).fetch(root / "id") or store_id(root) != expected):
        raise BadInput(
            f"{address_of(root.absolute())} is not the store this deployment was registered with; mount that store at the same "
            "path for the worker, or register again where the worker runs: instructory deploy"
        )
