"""The recipe the release was built from, to be built again."""

import json

import yaml

from tasks.release.report.blocks import Code, Section
from tasks.release.report_data import Dossier


def section(dossier: Dossier) -> Section | None:
    """The recipe as YAML."""
    plain = json.loads(json.dumps(dossier.recipe, default=str))
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    lead = f"The same recipe on the same documents gives the same bytes. Its hash is {dossier.recipe_hash}."
    return Section("recipe", "Recipe", lead, [Code(text)])
