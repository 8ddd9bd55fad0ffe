"""What rows are like: how well a language model foresees their responses, which domain they are of, and how they are written.

coherence          perplexity of the response under the packaged language model, and its outliers
language_model     that model, computed for many texts at once
domain             the domain by name, by the nearest examples
style              politeness, lists, openings and over-used phrases beside a reference
"""
