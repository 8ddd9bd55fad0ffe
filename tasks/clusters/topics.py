"""BERTopic with parts that give the same topics on every machine. Takes seconds to import: import it late."""

import warnings
from typing import Any, Final

from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer

from tasks.clusters.kmeans import Vectors, estimator

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)  # of TensorFlow, which an optional part of UMAP would like
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer

DIMENSIONS: Final = 20
"""Principal components that rows are grouped in."""

CANDIDATES: Final = 20
"""Words and phrases of a theme from which its label is taken."""


def fitted(documents: list[str], vectors: Vectors, count: int) -> Any:
    """BERTopic with `count` topics, fitted on `documents`, whose embeddings are `vectors`."""
    model = BERTopic(
        language="multilingual",  # "english" would strip the underscores of names
        embedding_model=None,
        umap_model=PCA(min(DIMENSIONS, len(vectors)), svd_solver="full")
        if count > 1
        else BaseDimensionalityReduction(),
        hdbscan_model=estimator(count),
        vectorizer_model=CountVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2)),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        top_n_words=CANDIDATES,
    )
    return model.fit(documents, embeddings=vectors)
