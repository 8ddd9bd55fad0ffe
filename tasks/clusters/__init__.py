"""Which rows are alike and what they are about: K-Means clusters of instructions, BERTopic themes with readable labels.

BERTopic and scikit-learn are imported when the work runs.
"""

from tasks.clusters.params import Clusters
from tasks.clusters.stage import compute

__all__ = ["Clusters", "compute"]
