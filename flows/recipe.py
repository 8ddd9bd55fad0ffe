"""A recipe: one typed object for a whole build, composed of every stage's parameters; read from YAML and `--set`."""

import difflib
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from expectations import SUITES, generation, suite_of, verification
from expectations.suite import round_one
from flows.training_goal import Trains
from tasks.answers import Answers
from tasks.audit import Audit
from tasks.cleaning import Cleaning
from tasks.clusters import Clusters
from tasks.core.params import NOT_IN_KEY, Params
from tasks.documents.params import Chunking, Source
from tasks.filters.catalogue import Filters
from tasks.filters.decontamination import contamination
from tasks.generation.catalogue import BY_NAME
from tasks.generation.catalogue import Entry as MethodEntry
from tasks.generation.method import MethodParams
from tasks.imports import Dataset, Imports
from tasks.mix import Mix
from tasks.pipeline.runners.settings import RunnerSettings
from tasks.review.params import Review
from tasks.screening.stage import Screening
from tasks.split import Split
from tasks.store.store import DATASET_NAME, dataset_name
from tasks.target.stage import RowTarget
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.tokens import Tokens
from tasks.verification.catalogue import BY_NAME as VERIFIERS
from tasks.verification.catalogue import Entry as VerifierEntry
from tasks.verification.verifier import stage_name

DEFAULT_METHODS: Final = ({"method": "question_headings"}, {"method": "templates"})
"""What makes rows from documents where a recipe does not say: methods that ask no model."""
FORMER_KEYS: Final = {
    "seeds": "`generate: [{method: templates}, {method: taxonomy, persona: …}, {method: reverse_instruction}]`",
    "evolve": "`generate: [{method: constraints, share: 0.2}]` or `[{method: evol_instruct, rounds: 2}]`",
}
"""Keys of recipes before methods were stages of their own, and what to write in their place."""


Requirement = Literal[
    "relevant", "aligned", "consistent", "correctly_formatted", "sufficiently_unique", "compliant", "regressions"
]


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
    teachers: dict[str, TeacherSettings] = Field(default_factory=dict)
    """Further models by name, for entries of `generate` and for `answers` that name one: `teachers: {writer: …, judge: …}`."""
    generate: tuple[MethodEntry, ...] = ()
    """The methods that make rows, each with its settings, as often as you like: `- {method: taxonomy, topics: 40}`. Empty: where
    there are documents, those that ask no model (`question_headings`, `templates`)."""
    screening: Screening = Screening()
    answers: Answers = Answers()
    review: Review | None = None
    """What becomes of rows that people decided about (`instructory review`). None: the same, by the defaults, where there are any
    decisions."""
    cleaning: Cleaning = Cleaning()
    filters: Filters = Filters()
    verify: tuple[VerifierEntry, ...] = ()
    """The verifiers that look at the rows which the filters kept, one after the other, cheap ones first:
    `- {verifier: code}`. Empty: none."""
    target: RowTarget | None = None
    """How many rows the filters and verifiers are to keep: `target: {rows: 5000, rounds: 4}`. Methods make further rows, in rounds,
    until there are so many, the rounds are used up, one adds nothing, or the budget is spent. Empty: one round."""
    clusters: Clusters = Clusters()
    mix: Mix = Mix()
    split: Split | None = None
    """Divide the rows into training, validation and test data: `split: {validation: 0.02, test: 0.02}`. Empty: training only."""
    tokens: Tokens | None = None
    """Count the rows in the tokens of the models that are to be trained on them, and stop at rows that a trainer would misread:
    `tokens: {targets: [{name: smollm2, max_length: 2048}]}`. Empty: not counted."""
    audit: Audit = Audit()
    trains: Annotated[Trains | None, NOT_IN_KEY] = None
    """What the rows are to train: `trains: {trainer: trl, objective: preference}`. A recipe that can make no such rows is refused
    before anything is paid for; `export` follows it where the command leaves that open."""
    require: Annotated[tuple[Requirement, ...], NOT_IN_KEY] = ()
    """Qualities without which nothing is released: each has the share of rows that `audit.expected` states; `regressions`: no
    figure is worse than in the release before by more than the audit allows. Others that are missed stand in the verdict."""
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
        pii = self.filters.pii
        filtered = pii.enabled and pii.action != "tag"
        return Imports(datasets=self.datasets, licences=self.licences, personal_data_filtered=filtered)

    @property
    def makes_rows(self) -> bool:
        """Whether rows are made from documents, seed tasks or topics: then the flow is `build`, else `curate`."""
        return bool(self.documents) or any(not BY_NAME[entry.method].reads_rows for entry in self.generate)

    def makes_others(self, entry: MethodParams) -> bool:
        """Whether a further round of an entry of `generate` makes other rows: it draws by a seed, or asks a model."""
        asks = BY_NAME[entry.method].teacher != "none"
        asked = [self.teacher_called(name).provider for name in entry.teacher_names()] if asks else []
        return hasattr(entry, "seed") or any(provider != "none" for provider in asked)

    def teacher_called(self, name: str) -> TeacherSettings:
        """The settings of one of the recipe's teachers; `teacher` where no name is given."""
        return self.teachers[name] if name else self.teacher

    def used_teachers(self) -> list[TeacherSettings]:
        """The models that this recipe's stages may ask."""
        names = {name for entry in self.generate for name in entry.teacher_names()} | {
            name
            for entry in self.verify
            if VERIFIERS[entry.verifier].teacher != "none"
            for name in entry.teacher_names()
        }
        if self.documents:
            names.add(self.answers.teacher)
        found = [self.teacher_called(name) for name in sorted(names)]
        return [settings for settings in found if settings.provider != "none"]

    def thresholds(self) -> dict[str, dict[str, float]]:
        """The thresholds of gates that the recipe states: under `gates`, and by what it requires."""
        required = {
            "max_regressions" if name == "regressions" else f"min_{name}": getattr(self.audit.expected, name, 0.0)
            for name in self.require
        }
        stated = {**self.gates, "release": {**required, **self.gates.get("release", {})}}
        return {stage: thresholds for stage, thresholds in stated.items() if thresholds}

    def asked(self) -> dict[str, dict[str, float]]:
        """The thresholds of gates that follow from what the recipe asks of stages."""
        compared = contamination.FILTER.settings(self.filters)
        named = compared.enabled and compared.benchmarks
        filters = {"min_contamination_measured": 1.0} if named else {}
        targets = self.mix.human_share is not None or self.mix.length_shares is not None
        mix = {"max_shares_missed": self.mix.tolerance} if targets and self.mix.scarce == "shrink" else {}
        return {"filters": filters, "mix": mix}

    def audit_settings(self) -> Audit:
        """The audit, with the qualities that the recipe leaves open defined by the entries of `verify` that speak of them."""
        speaking: dict[str, list[str]] = {}
        for entry in self.verify:
            for quality in VERIFIERS[entry.verifier].qualities(entry):
                speaking.setdefault(quality, []).append(entry.name or entry.verifier)
        given = {name: names for name, names in self.audit.qualities if names}
        chosen = {name: tuple(names) for name, names in speaking.items()} | given
        return self.audit.model_copy(update={"qualities": self.audit.qualities.model_copy(update=chosen)})

    @model_validator(mode="before")
    @classmethod
    def _in_todays_form(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for old, now in FORMER_KEYS.items():
                if old in data:
                    raise ValueError(f"`{old}` is now part of `generate`; write {now}")
        return data

    @model_validator(mode="before")
    @classmethod
    def _with_methods_and_names(cls, data: Any) -> Any:
        """A recipe with documents that names no method gets those that need no model; entries of one method get numbers."""
        if not isinstance(data, Mapping):
            return data
        entries = data.get("generate") or (DEFAULT_METHODS if data.get("documents") else ())
        verify = _numbered(data.get("verify") or (), "verifier")
        return {**data, "generate": _numbered(entries, "method"), "verify": verify}

    @model_validator(mode="after")
    def _fits_together(self) -> "Recipe":
        names = [entry.name or entry.method for entry in self.generate] + [stage_name(entry) for entry in self.verify]
        if double := [name for name in names if names.count(name) > 1 or name in SUITES]:
            raise ValueError(
                f"{double[0]!r} is the name of another stage; give the entry of `generate` or `verify` a `name` of its own"
            )
        if self.target and (numbered := [name for name in names if round_one(name) != name]):
            raise ValueError(f"{numbered[0]!r} is the name of a stage in a later round; give the entry another `name`")
        asking = [name for entry in self.generate for name in entry.teacher_names()]
        asking += [name for entry in self.verify for name in entry.teacher_names()]
        for name in (self.answers.teacher, *asking):
            if name and name not in self.teachers:
                raise ValueError(f"no teacher {name!r} in `teachers`{nearest(name, self.teachers)}")
        verifying = [entry.name or entry.verifier for entry in self.verify]
        for quality, named in self.audit.qualities:
            for name in named:
                if name not in verifying:
                    raise ValueError(
                        f"audit.qualities.{quality}: no entry {name!r} in `verify`{nearest(name, verifying)}"
                    )
        for name in self.require:
            if getattr(self.audit.expected, name, 0.0) is None:
                raise ValueError(
                    f"require: {name}: audit.expected.{name} is empty; state the share of rows that must have it"
                )
        for stage, thresholds in self.gates.items():
            stages = [*SUITES, *names, generation.GROUP, verification.GROUP]
            if stage not in stages:
                raise ValueError(f"gates: no stage {stage!r}{nearest(stage, stages)}")
            known = suite_of(stage).thresholds
            for threshold in thresholds:
                if threshold not in known:
                    raise ValueError(f"gates: {stage}: no threshold {threshold!r}{nearest(threshold, known)}")
        return self

    @field_validator("dataset")
    @classmethod
    def _may_name_a_folder(cls, name: str) -> str:
        if not DATASET_NAME.fullmatch(name):
            raise ValueError(f"{name!r} must match ^{DATASET_NAME.pattern}$")
        return name


def nearest(word: str, known: Any) -> str:
    """A question whether the known word most like `word` was meant; empty if none is like it."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _numbered(entries: Any, kind: str) -> Any:
    """Entries of a list of methods or verifiers; the second and later ones of one `kind` get a name with a number."""
    if not isinstance(entries, list | tuple):
        return entries
    seen: Counter[str] = Counter()
    named: list[Any] = []
    for entry in entries:
        if isinstance(entry, Mapping) and isinstance(what := entry.get(kind), str):
            seen[what] += 1
            if seen[what] > 1 and not entry.get("name"):
                entry = {**entry, "name": f"{what}-{seen[what]}"}
        named.append(entry)
    return named


def trial(recipe: Recipe) -> Recipe:
    """The same recipe under a name of its own, so that a trial never becomes a version of the dataset; a least number of rows is
    expected of the whole only, and so is a target."""
    smaller = {stage: {k: v for k, v in limits.items() if k != "min_rows"} for stage, limits in recipe.gates.items()}
    name = dataset_name(f"{recipe.dataset[:58]}-trial")
    return recipe.model_copy(update={"dataset": name, "gates": smaller, "target": None})
