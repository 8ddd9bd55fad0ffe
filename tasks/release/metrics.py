"""metrics.json: every figure of a report, for programs."""

from typing import Any

from tasks.release.report_data import ReportData


def metrics(data: ReportData) -> dict[str, Any]:
    """A release as JSON data: its verdict, what each stage did and measured, each expectation, the audit, the cost."""
    return {
        "dataset": data.dataset,
        "version": data.version or "draft",
        "created_at": data.created_at,
        "content": data.content,
        "recipe_hash": data.recipe_hash,
        "rows": data.rows.num_rows,
        "verdict": data.verdict.as_json(),
        "stages": [
            {
                "stage": stage.stage,
                "rows_in": stage.rows_in,
                "created": stage.created,
                "used": stage.used,
                "kept": stage.kept,
                "rejected": stage.rejected,
                "failed": stage.failed,
                "reasons": dict(stage.reasons),
                "seconds": stage.seconds,
                "requests": stage.requests,
                "cost_usd": stage.cost_usd,
                "measured": dict(stage.facts) if stage.stage != "audit" else {},
            }
            for stage in data.stages
        ],
        "gates": [gate.model_dump(mode="json", exclude={"key"}) for gate in data.gates],
        "audit": dict(data.audit),
        "cost": {
            "requests": data.cost.requests,
            "replayed": data.cost.replayed,
            "tokens": data.cost.tokens,
            "usd": data.cost.usd,
        },
    }
