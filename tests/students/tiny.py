"""A student that trains in seconds: two layers over bytes, nothing learnt yet. And rows that it can learn."""

import random
from pathlib import Path

import pyarrow as pa

from tasks.core.schema import CLUSTERED, Row, conform, stable_id

ANSWERS = {
    "sky": "blue and wide", "grass": "green and soft", "snow": "white and cold", "coal": "black and hard",
    "blood": "red and warm", "sand": "yellow and dry", "mud": "brown and wet", "steel": "grey and smooth",
}  # fmt: skip


def tiny_student(folder: Path) -> Path:
    """The model's folder, as transformers saves it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(["<end>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=256, bos_token_id=None, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def rows(number: int, shuffled: float = 0.0, seed: int = 0, source: str = "made") -> pa.Table:
    """Rows whose answer follows from the question; of a share `shuffled` it is another row's."""
    draw = random.Random(f"{seed}{source}")
    made: list[Row] = []
    for place in range(number):
        thing = draw.choice(sorted(ANSWERS))
        answer = draw.choice(sorted(ANSWERS.values())) if draw.random() < shuffled else ANSWERS[thing]
        made.append(
            {
                "example_id": stable_id(source, str(seed), str(place)),
                "instruction": f"{seed}.{place} Tell me about {thing}.",  # nobody learns a question that is asked
                "response": f"It is {answer}.",
                "source": source,
                "method": "template",
                "domain": "nature",
            }
        )
    return conform(pa.Table.from_pylist(made), CLUSTERED)
