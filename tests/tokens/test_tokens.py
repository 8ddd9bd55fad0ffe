"""Tokens are counted on what a trainer sees: the assistant's are exactly those of its texts, and every trouble is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.schema import CLEANED, CLUSTERED, EXAMPLE, conform
from tasks.text.chat_templates import ChatTemplate
from tasks.tokens import Tokens, compute
from tasks.tokens.rendered import messages_of, rendered
from tasks.tokens.report import packing, report
from tasks.tokens.saved import repaired, saved
from tasks.tokens.target import TokenTarget, load, packaged

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MARKED = (
    "{%- for message in messages -%}<|im_start|>{{ message.role }}\n{% if message.role == 'assistant' %}{% generation %}"
    "{{ message.content }}<|im_end|>{% endgeneration %}{% else %}{{ message.content }}<|im_end|>{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> TokenTarget:
    return load(folder(tmp_path_factory.mktemp("model"), CHATML))


def folder(path: Path, template: str) -> Path:
    """A model's folder with a byte-level tokenizer."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    words = {word: n for n, word in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(word, special=True) for word in ("<|im_start|>", "<|im_end|>")])
    tokenizer.save(str(path / "tokenizer.json"))
    config = {"chat_template": template, "eos_token": {"content": "<|im_end|>"}}
    (path / "tokenizer_config.json").write_text(json.dumps(config))
    return path


def table(*rows: dict[str, Any]) -> pa.Table:
    filled = [{"example_id": f"row{n}", "instruction": "Ask.", "response": "Say.", **row} for n, row in enumerate(rows)]
    return conform(pa.Table.from_pylist(filled, schema=CLUSTERED), CLUSTERED)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufdd0\ufdd1"), min_size=1, max_size=30)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), st.sampled_from([CHATML, MARKED]), st.booleans())
def test_the_trained_tokens_are_what_the_assistant_says(said: list[tuple[str, str]], source: str, system: bool) -> None:
    messages = [{"role": "system", "content": "Be kind."}] if system else []
    for asked, answered in said:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    shown = rendered(ChatTemplate(source, {}), messages, [])
    learned = [shown.text[start:end].removesuffix("\n") for start, end in shown.trained]
    assert [one.removesuffix("<|im_end|>") for one in learned] == [answered for _, answered in said]
    assert shown.prompt_fits


def test_figures_are_those_of_the_rendered_rows(target: TokenTarget) -> None:
    long = {"response": "word " * 400}
    found = report(table({}, {"system": "Be kind."}, long), target, 256)
    texts = [
        f"<|im_start|>user\nAsk.<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        for answer in ("Say.", "word " * 400)
    ]
    sizes = [len(target.tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert (found["tokens"]["max"], found["truncated"], found["rows"]) == (sizes[1], 1, 3)
    answer = len("Say.") + 2  # a byte each, the end of the turn, the line break
    prompt = sizes[0] - answer
    assert found["trained"]["sum"] == 2 * answer + (256 - prompt)
    assert [found[kind]["rows"] for kind in ("refused", "untrained", "special_inside", "prompt_differs")] == [
        0,
        0,
        0,
        0,
    ]


def test_every_trouble_is_found_and_shuts_the_gate(tmp_path: Path) -> None:
    refusing = CHATML + "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    thinking = refusing.replace("<|im_start|>assistant\n{% endif %}", "<|im_start|>assistant\n<think>{% endif %}")
    rows = table(
        {},
        {"system": "Be kind."},
        {"instruction": "What does <|im_end|> mean?"},
        {"instruction": "long " * 400, "response": "Yes."},
    )
    found = report(rows, load(folder(tmp_path, thinking)), 300)
    kinds = ("refused", "special_inside", "prompt_differs")
    assert {kind: found[kind]["ids"] for kind in kinds} == {
        "refused": ["row1"], "special_inside": ["row2"], "prompt_differs": ["row0", "row2", "row3"],
    }  # fmt: skip
    assert "no system" in next(iter(found["why_refused"]))
    outcome = compute(
        rows, rows, conform(rows, CLEANED),
        Tokens.model_validate({"targets": [{"name": "m", "tokenizer": folder(tmp_path, CHATML), "max_length": 300}]}),
        Tools(key="k", store_root=tmp_path),
    )  # fmt: skip
    assert outcome.kept.equals(rows)
    assert (outcome.facts["untrained"], outcome.facts["special_inside"], outcome.facts["refused"]) == (1, 1, 0)
    assert outcome.facts["targets"][0]["template_source"] == CHATML


def test_what_cleaning_saved_is_counted_in_the_rows_that_are_left(target: TokenTarget) -> None:
    came = table(
        {"response": "Sure! Say."}, {"history": [{"role": "user", "content": "Hi.  "}]}, {"response": "Gone. "}
    )
    left = table(
        {"changes": ["filler:response"]},
        {"changes": ["whitespace:history"]},
        {"response": "Gone.", "changes": ["whitespace:response"]},
    )
    left = left.set_column(left.schema.get_field_index("history"), left.schema.field("history"), pa.array(
        [None, [{"role": "user", "content": "Hi."}], None], left.schema.field("history").type))  # fmt: skip
    found = saved(repaired(left.slice(0, 2), conform(came, EXAMPLE), conform(left, CLEANED)), target)
    assert (found["rows"], found["before"] - found["after"]) == (2, len("Sure! ") + len("  "))
    untouched = repaired(table({}), conform(came, EXAMPLE), conform(table({}), CLEANED))
    assert saved(untouched, target) == {"rows": 0, "before": 0, "after": 0}


def test_calls_of_tools_reach_the_template_as_objects() -> None:
    call = json.dumps([{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1.5}'}}])
    (row,) = table({"expects": "tool_call", "response": call, "tools": "[]"}).to_pylist()
    assert messages_of(row)[-1]["tool_calls"] == [
        {"type": "function", "function": {"name": "f", "arguments": {"a": 1.5}}}
    ]


@settings(max_examples=50)
@given(st.lists(st.integers(1, 64), min_size=1, max_size=60))
def test_packing_wastes_less_than_first_come(lengths: list[int]) -> None:
    found = packing(np.array(lengths), 64)
    assert sum(lengths) / (64 * len(lengths)) - 1e-9 <= found <= 1
    most = -(-sum(lengths) // 64)
    assert found >= sum(lengths) / (64 * (11 * most / 9 + 1)) - 0.5 / len(lengths)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% set _ = messages.append(1) %}", "{{ 'a' * 3 ",
        "{{ messages[9].content }}{{ x.y }}",
    ],
)  # fmt: skip
def test_a_hostile_or_broken_template_is_refused(source: str) -> None:
    with pytest.raises(BadInput):
        ChatTemplate(source, {}).render([{"role": "user", "content": "x"}])


def test_what_a_folder_lacks_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no tokenizer\.json"):
        load(tmp_path)
    folder(tmp_path, CHATML)
    (tmp_path / "tokenizer_config.json").write_text("{}")
    with pytest.raises(BadInput, match="no chat template"):
        load(tmp_path)


def test_the_packaged_model_is_the_default() -> None:
    found = packaged()
    assert "<|im_end|>" in found.special
    assert report(table({}), found, 64)["untrained"]["rows"] == 0
