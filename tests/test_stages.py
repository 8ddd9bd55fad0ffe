"""A stage has one name: its callable in tasks/stages.py, its room, its Prefect task, `--stage` and the suite of its gate."""

import inspect

import pytest

from expectations import SUITES
from tasks import stages
from tasks.generation.catalogue import METHODS
from tasks.pipeline.stage import Stage
from tasks.verification.catalogue import VERIFIERS
from tasks.verification.verifier import Verifier, stage_name

STAGES = {name: found for name, found in vars(stages).items() if isinstance(found, Stage)}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_called_as_its_room_and_its_suite(name: str) -> None:
    module = inspect.getmodule(STAGES[name].compute)
    assert module is not None
    assert module.__name__.split(".")[-2:] == [name, "stage"]
    assert STAGES[name].name == name
    assert SUITES[name].stage == name


def test_every_suite_belongs_to_a_stage() -> None:
    assert set(SUITES) - {"release"} == set(STAGES)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_method_is_a_stage_of_its_own_name(method: object) -> None:
    name = getattr(method, "name", "")
    found = stages.generation(name, name)
    assert found.name == name
    assert found.suite is not None
    assert (found.suite.stage, found.suite.group) == (name, "generation")


@pytest.mark.parametrize("verifier", VERIFIERS, ids=lambda verifier: verifier.name)
def test_a_verifier_is_a_stage_of_its_own_name(verifier: Verifier) -> None:
    entry = verifier.params()
    found = stages.verification(stage_name(entry), verifier.name)
    assert found.name == f"verify_{verifier.name}"
    assert found.suite is not None
    assert (found.suite.stage, found.suite.group) == (found.name, "verification")
