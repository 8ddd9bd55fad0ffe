"""The recipe the release was built from, to be built again."""

import json

import yaml

from tasks.release.report.blocks import Code, Fold, Section
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """The recipe as YAML."""
    plain = json.loads(json.dumps(data.recipe, default=str))
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    lead = f"The same recipe on the same documents gives the same bytes. Its hash is {data.recipe_hash}."
    return Section("recipe", "Recipe", lead, [Fold("The whole recipe, with its defaults", [Code(text)])])
