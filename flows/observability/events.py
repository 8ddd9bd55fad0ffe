"""What a build tells Prefect's events, by which the automations in deployments/automations.yaml know it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.core.errors import BudgetReached, GateFailed
from tasks.core.redaction import masked

RELEASED: Final = "instructory.released"
WATCHED: Final = "instructory.watched"
"""A schedule was registered: from now on releases are expected."""
GATE_FAILED: Final = "instructory.gate-failed"
BUDGET_REACHED: Final = "instructory.budget-reached"


def emit(event: str, dataset: str, **payload: Any) -> None:
    """Emit an event about a dataset, related to the flow run it happened in."""
    run = flow_run.get_id()
    related = [{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}] if run else []
    emit_event(event, resource=resource(dataset), related=related, payload=payload)


def resource(dataset: str) -> dict[str, str]:
    """A dataset as Prefect's events name it."""
    return {"prefect.resource.id": f"instructory.dataset.{dataset}", "prefect.resource.name": dataset}


@contextmanager
def emit_failures(dataset: str) -> Iterator[None]:
    """Tell of a gate that did not open, and of a budget that was reached."""
    try:
        yield
    except GateFailed as error:
        emit(GATE_FAILED, dataset, message=masked(str(error)))
        raise
    except BudgetReached as error:
        emit(BUDGET_REACHED, dataset, message=masked(str(error)))
        raise
