"""Prefect events about datasets, which the automations in deployments/automations.yaml react to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.core.errors import BudgetReached, GateFailed
from tasks.core.redaction import masked

RELEASED: Final = "instructory.released"
WATCHED: Final = "instructory.watched"
"""A schedule was registered: releases are expected from now on."""
GATE_FAILED: Final = "instructory.gate-failed"
BUDGET_REACHED: Final = "instructory.budget-reached"


def emit(event: str, dataset: str, **payload: Any) -> None:
    """Emit an event about a dataset, related to the current flow run if there is one."""
    run = flow_run.get_id()
    related = [{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}] if run else []
    emit_event(event, resource=resource(dataset), related=related, payload=payload)


def resource(dataset: str) -> dict[str, str]:
    """A dataset as a resource of Prefect's events."""
    return {"prefect.resource.id": f"instructory.dataset.{dataset}", "prefect.resource.name": dataset}


@contextmanager
def emit_failures(dataset: str) -> Iterator[None]:
    """Emit an event if the block ends in a failed gate or with the budget reached."""
    try:
        yield
    except GateFailed as error:
        emit(GATE_FAILED, dataset, message=masked(str(error)))
        raise
    except BudgetReached as error:
        emit(BUDGET_REACHED, dataset, message=masked(str(error)))
        raise
