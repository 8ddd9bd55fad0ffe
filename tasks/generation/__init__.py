"""Instructions from chunks: by templates over what rules find, by a teacher's taxonomy, by reversing human passages.

Params live in `params`, template sets in `templates/`, the rules that find what can be asked about in `finders/`.
"""

from tasks.generation.from_documents.templates.params import Seeds, Templates
from tasks.generation.stage import compute

__all__ = ["Seeds", "Templates", "compute"]
