from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from tasks.core.errors import BadInput
from tasks.text.token_counts import token_counts


def test_the_packaged_tokenizer_counts_every_token_of_long_texts_too() -> None:
    assert token_counts([None, "", "The quick brown fox", "fox " * 9000]).tolist() == [0, 0, 5, 18_001]


def test_the_tokenizer_of_the_model_to_be_trained_counts_where_it_is_named(tmp_path: Path) -> None:
    words = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.enable_truncation(2)
    words.enable_padding(length=9)
    words.save(str(tmp_path / "tokenizer.json"))
    assert token_counts(["The quick brown fox", "a"], tmp_path / "tokenizer.json").tolist() == [4, 1]


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(BadInput, match=r"tokenizer\.json is not a tokenizer\.json"):
        token_counts(["a"], tmp_path / "tokenizer.json")
