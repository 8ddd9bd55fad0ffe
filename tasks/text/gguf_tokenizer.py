"""The tokenizer inside a GGUF file, as the library `tokenizers` has it."""

from typing import Any


def gguf_tokenizer(file: Any) -> Any:
    """Of an open GGUF file: byte-level BPE with single digits, as SmolLM2's own tokenizer.json has it. ValueError for others."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    kind = file.fields["tokenizer.ggml.pre"].contents()
    if kind != "smollm":
        raise ValueError(f"its tokenizer is {kind!r}, not 'smollm'")
    words = file.fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(pair.split(" ", 1)) for pair in file.fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={word: at for at, word in enumerate(words)}, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    kinds = file.fields["tokenizer.ggml.token_type"].contents()
    control = [
        word for word, kind in zip(words, kinds, strict=True) if kind == 3
    ]  # llama.cpp's LLAMA_TOKEN_TYPE_CONTROL
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in control])
    return tokenizer
