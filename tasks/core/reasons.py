"""Why rows are rejected: a closed vocabulary. A row's `reason` is a code from here, or one that a filter declares
(`Filter.reasons`); its `detail` says what it applies to."""

from typing import Final

REASONS: Final[dict[str, str]] = {
    # documents
    "empty_document": "the document holds no text",
    "binary_document": "the bytes are not text",
    "undecodable": "the bytes are not valid in the expected encoding; detail: byte offset",
    "too_deep": "the markup is nested too deeply to be a document; detail: depth",
    "too_large": "larger than the recipe allows; detail: bytes",
    "malformed_record": "a CSV or JSONL record could not be read; detail: line",
    "damaged": "the file is not what its name says, or cut off, or its reader fails on it; detail: what was wrong",
    "encrypted": "the document is protected by a password; detail: what is needed",
    "hostile": "the document is made to harm its reader; detail: how",
    "needs_extra": "the library that reads it is not installed; detail: what to install",
    "needs_ocr": "a picture of text, which only character recognition could read; detail: pages",
    "too_costly": "reading it takes more time or memory than a document may; detail: where it ended",
    "duplicate_document": "another document has the same bytes; detail: its id",
    # open datasets
    "no_format": "a file of a folder in which no format was recognised; detail: what its rows have",
    "read_beside": "a file whose records were joined to those of another; detail: which",
    "disliked": "people marked the response as bad; detail: file, line and mark",
    "licence_refused": "the recipe takes only licences known to allow commercial use; detail: licence",
    "outside_source": "a symbolic link that leads out of the source's folder; detail: where to",
    "holds_secret": "holds a secret: of the environment it was read in, or a key in an agent's session; detail: which",
    # seeds
    "not_self_contained": "the passage cannot be understood on its own",
    "no_instruction": "no method made an instruction from this passage",
    "duplicate_instruction": "another row asks the same; detail: its id",
    "copied_passage": "a sentence of the passage instead of a request; detail: its first words",
    "surplus": "more were made than the recipe asks for",
    "unanswerable_seed": "the passage does not hold what the template asks for; detail: slot",
    # answers
    "not_retrieved": "the passage that answers was not among those retrieved; detail: its rank",
    "abstained": "the teacher said that the passages do not hold the answer",
    "no_citation": "the answer cites no passage, or one that was not given",
    "no_answer_found": "no sentence answers the instruction",
    "refusal": "the response refuses; detail: the phrase",
    "malformed_answer": "the teacher's answer did not have the required form; detail: what was wrong",
    "fails_check": "the response fails, or does not clearly pass, what it can be checked by; detail: the verdict and why",
    # evolution
    "no_gain": "the evolved instruction asks no more than the one before",
    "prompt_leakage": "words of the evolution prompt are in the instruction; detail: the phrase",
    "copied_marker": "a marker of the prompt was copied; detail: the marker",
    "near_equal": "hardly differs from the instruction before; detail: similarity",
    "constraint_unmet": "the response does not satisfy its constraint; detail: the constraint",
    # rows said in other words
    "meaning_changed": "the new wording asks for something else; detail: what was lost or added",
    "too_far": "the new wording is not similar enough to the old one; detail: cosine",
    "answer_given": "the new wording holds words of the response that the old one does not; detail: the words",
    # cleaning
    "nothing_left": "nothing is left once the text is cleaned; detail: column and rules",
    # filters, and stages that look for the same before
    "too_short": "fewer words than allowed; detail: column and count",
    "too_long": "more words than allowed; detail: column and count",
    "empty": "a text column is empty; detail: column",
    "echo": "the response repeats the instruction; detail: overlap",
    "instruction_like": "holds text that tries to instruct a model; detail: the phrase",
    "non_commercial": "the licence does not allow commercial use; detail: licence",
    # mix
    "over_cap": "a source, topic or method already has its share; detail: which",
    "over_target": "the mix has as many rows as asked for",
    "stratum_full": "its length stratum already has its share; detail: which",
    "share_exceeded": "its origin already has its share; detail: which",
    # split
    "joins_sides": "it belongs to released rows of two sides, which stay where they are; detail: the sides",
    "held_for_evaluation": "it is for the evaluation of models, and released in a dataset of its own",
    "held_out_overlap": "another side holds its text, or it the text of another side; detail: side, row, words",
}
