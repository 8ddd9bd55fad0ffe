"""A recipe: one typed object for a whole build, composed of every stage's parameters; read from YAML and `--set`."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError, field_validator

from expectations import SUITES
from tasks.answers import Answers
from tasks.audit import Audit
from tasks.cleaning import Cleaning
from tasks.clusters import Clusters
from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.core.params import NOT_IN_KEY, Params
from tasks.core.redaction import holds_secret
from tasks.documents.params import Chunking, Source
from tasks.filters import Filters
from tasks.generation import Seeds
from tasks.generation.from_rows import Evolve
from tasks.imports import Dataset, Imports
from tasks.mix import Mix
from tasks.pipeline.runners.settings import RunnerSettings
from tasks.store.store import DATASET_NAME, dataset_name
from tasks.teachers.protocol import Budget, TeacherSettings

PACKAGED: Final = Path(__file__).parents[1] / "deployments" / "recipes"


class SignOff(Params):
    """How long a candidate waits for a person's answer."""

    hours: Annotated[float, Field(gt=0, le=24 * 365)] = 72
    """Hours after which a release that nobody has approved is rejected."""


class Recipe(Params):
    """What a build is to do. Secrets are never here: they come from the environment."""

    dataset: str
    """The dataset's name: lower-case letters, digits, - and _, at most 64 characters."""
    description: str = ""
    """What the dataset is for, in a sentence; printed in its report and its card."""
    documents: tuple[Source, ...] = ()
    """Where the documents are from which rows are made."""
    datasets: tuple[Dataset, ...] = ()
    """Files of rows that exist already; they join the rows made from documents before cleaning."""
    licences: Literal["any", "commercial-only"] = "any"
    """commercial-only refuses imported rows whose licence forbids commercial use or is not known."""
    chunking: Chunking = Chunking()
    teacher: TeacherSettings = TeacherSettings()
    budget: Budget = Budget()
    seeds: Seeds = Seeds()
    answers: Answers = Answers()
    evolve: Evolve = Evolve()
    cleaning: Cleaning = Cleaning()
    filters: Filters = Filters()
    clusters: Clusters = Clusters()
    mix: Mix = Mix()
    audit: Audit = Audit()
    gates: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Thresholds that differ from those of docs/gates.md, by stage: `gates: {filters: {min_rows: 300}}`."""
    approval: Annotated[SignOff | None, NOT_IN_KEY] = None
    """A person has to approve every release: `approval: {hours: 72}`. None: passing the gates is enough."""
    reference: Annotated[str, NOT_IN_KEY, Field(pattern=r"^$|^[a-z0-9][a-z0-9_-]{0,63}(@[1-9][0-9]*)?$")] = ""
    """Another dataset of the same store, DATASET or DATASET@N: the report draws its lengths and its mix of tasks beside
    this one's."""
    workers: Annotated[int, NOT_IN_KEY, Field(ge=1, le=256)] = 2
    """Threads that work on rows at the same time; two, because the smallest machine it is used on has two cores."""
    runner: Annotated[RunnerSettings, NOT_IN_KEY] = RunnerSettings()
    """Who works on the row-wise stages: `runner: {kind: dask, workers: 4}`."""

    @property
    def imports(self) -> Imports:
        """Everything the recipe says about datasets."""
        return Imports(datasets=self.datasets, licences=self.licences)

    @field_validator("dataset")
    @classmethod
    def _may_name_a_folder(cls, name: str) -> str:
        if not DATASET_NAME.fullmatch(name):
            raise ValueError(f"{name!r} must match ^{DATASET_NAME.pattern}$")
        return name

    @field_validator("gates")
    @classmethod
    def _thresholds_exist(cls, gates: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for stage, thresholds in gates.items():
            if stage not in SUITES:
                raise ValueError(f"no stage {stage!r}{_nearest(stage, SUITES)}")
            for name in thresholds:
                if name not in SUITES[stage].thresholds:
                    raise ValueError(f"{stage}: no threshold {name!r}{_nearest(name, SUITES[stage].thresholds)}")
        return gates


def load(name: str, settings: Sequence[str] = (), datasets: Sequence[dict[str, Any]] = ()) -> Recipe:
    """The recipe in file `name` (or packaged under that name), with `datasets` behind its own and `a.b=value` settings
    applied. BadInput says what is wrong, in which file, at which key."""
    path = _find(name)
    data = _read(path)
    if datasets:
        data["datasets"] = [*(data.get("datasets") or ()), *datasets]
    for setting in settings:
        _apply(data, setting)
    if (secret := holds_secret(repr(data))) is not None:
        raise BadInput(
            f"{path}: holds the value of {secret}; a recipe is written down, so leave secrets in the environment"
        )
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise BadInput(_explained(error, path)) from None


def _find(name: str) -> Path:
    for path in (Path(name), PACKAGED / name, PACKAGED / f"{name}.yaml"):
        if path.is_file():
            return path
    packaged = sorted(path.stem for path in PACKAGED.glob("*.yaml"))
    raise BadInput(
        f"no recipe {name!r}{_nearest(name, packaged)}; packaged: {', '.join(packaged)}; or name a YAML file"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml_text.load(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not a UTF-8 YAML file: byte {error.start} is not UTF-8") from None
    if not isinstance(data, dict):
        raise BadInput(f"{path}: a recipe is a mapping of keys to values; begin with `dataset: NAME`")
    return data


def _apply(data: dict[str, Any], setting: str) -> None:
    """Put `a.0.b=value` into `data`; the value is read as YAML, so 3, true and [a, b] are what they look like."""
    dotted, equals, text = setting.partition("=")
    if not equals or not re.fullmatch(r"\w+(\.\w+)*", dotted):
        raise BadInput(f"--set {setting}: write it as key.sub=value, e.g. --set teacher.provider=openai")
    try:
        value = yaml_text.load(text, f"--set {dotted}")
    except BadInput:
        value = text
    *path, last = dotted.split(".")
    place: Any = data
    for step in path:
        place = _step(place, step, setting)
    if isinstance(place, list):
        _step(place, last, setting)
        place[int(last)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise BadInput(f"--set {setting}: {'.'.join(path)} is a value and has nothing inside")


def _step(place: Any, step: str, setting: str) -> Any:
    if isinstance(place, list):
        if not step.isdigit() or int(step) >= len(place):
            raise BadInput(f"--set {setting}: {step!r} is not an index of a list of {len(place)} (they count from 0)")
        return place[int(step)]
    if isinstance(place, dict):
        if place.get(step) is None:
            place[step] = {}
        return place[step]
    raise BadInput(f"--set {setting}: there is nothing inside {step!r}")


def _explained(error: ValidationError, path: Path) -> str:
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{path}: {where + ': ' if where else ''}{message}")
    return "; ".join(lines)


def _nearest(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_input(recipe: Recipe, name: str) -> None:
    """BadInput for a recipe, found under `name`, that names nothing to make rows from."""
    if not recipe.documents and not recipe.datasets:
        raise BadInput(
            f"{name}: nothing to begin with; name FILEs to curate, or `documents` or `datasets` in the recipe"
        )


def trial(recipe: Recipe) -> Recipe:
    """The same recipe under a name of its own, so that a trial never becomes a version of the dataset."""
    return recipe.model_copy(update={"dataset": dataset_name(f"{recipe.dataset[:58]}-trial")})
