"""Adds up token vectors, compiled by numba, without an array as long as the texts have tokens."""

from tasks.text.compiled import compiled


@compiled()
def add_up(words, ends, tokens, begins, table, out):  # type: ignore[no-untyped-def]
    """Add to out[row] the vectors (rows of `table`) of the tokens of its words.

    words: for all texts, the indices of their words. ends (rows + 1,): where each text begins in `words`. tokens, begins: the
    fields of `embeddings.WordTokens`.
    """
    for row in range(out.shape[0]):
        for at in range(ends[row], ends[row + 1]):
            for index in range(begins[words[at]], begins[words[at] + 1]):
                vector = table[tokens[index]]
                for k in range(out.shape[1]):
                    out[row, k] += vector[k]
