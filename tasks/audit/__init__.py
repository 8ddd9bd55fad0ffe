"""Measures of the dataset as a whole. The stage keeps every row; its results are facts for the report and the gates.

distributions  how long rows are
diversity      clusters, themes, neighbours, n-grams, verbs and objects
complexity     sentences, verbs, syntax, steps, difficulty
slices         by source, method, topic, …; slices unlike the rest
findings       safety, coverage, grounding, contamination, generations, licences
personal_data_left  personal data, searched for again in a sample
provenance     whether every row can be traced to its source
qualities      the six qualities
comparison     against the release before
"""

from tasks.audit.params import Audit, Expected
from tasks.audit.stage import compute

__all__ = ["Audit", "Expected", "compute"]
