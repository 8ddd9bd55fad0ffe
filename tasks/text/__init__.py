"""Reading text by rule and by small packaged models: sentences, words, embeddings, grammar. Knows nothing of tables."""
