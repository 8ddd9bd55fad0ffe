"""Documents: found, kept untouched, read, cut into chunks, and found again in their raw bytes.

    params       Source and Chunking: what a recipe says
    inventory    the stage that takes stock: `collect` over the files of `places`, the records of CSV and JSONL (`records`),
                 and their encodings (`decoding`)
    ingest       the stage that makes chunks: a reader by media type (`readers/`), then `chunking`; `tasks.text.prompt_injection`
                 flags     resolve      from characters of a chunk to characters of the raw document

A format is a module in `readers/`; `readers/plain` is the one to copy, and docs/adding-a-source.md has the steps.
"""
