"""What `instructory intake` does and prints."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.intake import disliked_file, intake
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.imports.feedback_logs import REASONS, IntakeRules


def take_in(
    logs: Path,
    out: Path,
    consent: str,
    consent_ids: Path | None,
    id_column: str,
    keep_days: int | None,
    time_column: str,
    names: bool,
) -> None:
    """Write the files and print what became of each record; BadInput where nobody says who agreed."""
    if bool(consent) == bool(consent_ids):
        raise BadInput("say who agreed: --consent COLUMN, or --consent-ids FILE")
    agreed = frozenset(consent_ids.read_text("utf-8").split()) if consent_ids else frozenset()
    rules = IntakeRules(consent, agreed, id_column, time_column, keep_days, datetime.now(UTC))
    counted = intake(logs, out, rules, names, Tools(key="intake", store_root=Path(), workers=1))
    click.echo(f"{counted['liked']:,} liked answers and {counted['corrected']:,} corrected ones (pairs) in {out}")
    click.echo(f"{counted['disliked']:,} disliked answers in {disliked_file(out)}: curate them apart, and review them")
    for reason, meaning in REASONS.items():
        if counted[reason]:
            click.echo(f"{counted[reason]:,} left out: {reason}, {meaning}")
