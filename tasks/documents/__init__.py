"""Documents: found, kept as they are, read, and cut into chunks that lead back to their raw bytes.

    params       Source and Chunking: the recipe's settings
    inventory    the stage that finds documents: files, records of CSV and JSONL, encodings
    stage        the stage that cuts them: a reader by media type (`readers/`), then `chunking`
    resolve      from characters of a chunk to characters of the raw document

A format is a module in `readers/`; `readers/plain` is the one to copy, and docs/adding-a-source.md has the steps.
"""
