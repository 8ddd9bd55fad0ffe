"""What the dataset is like as a whole: nothing is dropped here, everything is measured.

distributions  how long rows are
diversity      clusters, themes, neighbours, n-grams, verbs and objects
complexity     sentences, verbs, syntax, steps, difficulty
slices         by source, method, topic, …; slices unlike the rest
findings       safety, grounding, contamination, generations, licences
provenance     can every row say where it came from?
qualities      the six qualities
comparison     against the release before
"""

from tasks.audit.params import Audit, Expected
from tasks.audit.stage import compute

__all__ = ["Audit", "Expected", "compute"]
