"""Compile what a build imports, once, when the environment is made: `python -m flows.deployment.compiling`.

Modules are compiled when they are first imported, and that is kept beside them, unless PYTHONDONTWRITEBYTECODE forbids it, as many
containers do: every command would then compile them again, ten seconds each time. Compiling all that is installed takes 300 MB,
most of it for modules that nothing here imports.
"""

import importlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from flows.deployment import server

IMPORTED: Final = (
    "flows.build", "flows.curate", "expectations.engine", "tasks.text.compiled", "tasks.filters.personal_data.presidio",
    "tasks.clusters.topics", "tasks.release.report.sections", "sklearn.manifold", "spacy.lang.en",
)  # fmt: skip


def main() -> None:
    """Import what builds import, while a server starts and stops in a folder of its own; both write what they compile."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("PREFECT_API_URL", None)
    os.environ[server.IDLE] = "0"
    with TemporaryDirectory() as folder:
        server.prepare(Path(folder))
        with server.serving(Path(folder), lambda: None, sooner=IMPORTED):
            for module in IMPORTED:
                importlib.import_module(module)


if __name__ == "__main__":
    main()
