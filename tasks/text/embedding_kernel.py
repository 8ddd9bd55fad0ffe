"""The sum behind an embedding, compiled: no array is as long as the texts have tokens."""

from tasks.text.compiled import compiled


@compiled()
def add_up(words, ends, tokens, begins, table, out):  # type: ignore[no-untyped-def]
    """Adds to out[row] the vectors (rows of `table`) of the tokens of its words.

    words: numbers of the words of all texts. ends (rows + 1,): before which of them each text begins. tokens, begins: of all
    known words, as `embeddings.WordTokens` holds them.
    """
    for row in range(out.shape[0]):
        for at in range(ends[row], ends[row + 1]):
            for place in range(begins[words[at]], begins[words[at] + 1]):
                vector = table[tokens[place]]
                for k in range(out.shape[1]):
                    out[row, k] += vector[k]
