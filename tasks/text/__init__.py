"""Reads text by rule and by small packaged models: sentences, words, embeddings, grammar, prompt injection."""
