"""Run in the trainers' environment: loads exports with the trainers' own code and writes what the model would read and learn.

python loaders.py TARGET MODEL OUT FOLDER…: into OUT a JSON object by folder: {rows: [{read: [texts], learnt: [texts]}]} or {error}.
"""

import json
import runpy
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import yaml
from datasets import disable_progress_bars, load_dataset
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

Loaded = list[dict[str, list[str]]]
IGNORED = -100


def _kept(tokenizer: Any, ids: list[int], labels: list[int]) -> str:
    return tokenizer.decode([one for one, label in zip(ids, labels, strict=True) if label != IGNORED])


def trl(folder: Path, objective: str, model: str) -> Loaded:
    """TRL: the trainer that the export's script names prepares its dataset, with the types of columns that the script states."""
    import trl as library

    script = runpy.run_path(str(folder / "train.py"), run_name="export")
    rows = load_dataset("json", data_files=str(folder / "train.jsonl"), features=script["FEATURES"], split="train")
    tokenizer = AutoTokenizer.from_pretrained(model)
    if objective == "rl":
        return [
            {
                "read": [library.maybe_apply_chat_template({"prompt": row["prompt"]}, tokenizer)["prompt"]],
                "learnt": [row["reference"], row["verifier"]],
            }
            for row in rows
        ]
    name = {"preference": "DPO", "kto": "KTO", "reward": "Reward"}.get(objective, "SFT")
    own = {"sft": {"assistant_only_loss": True}, "completion": {"completion_only_loss": True}}.get(objective, {})
    config = getattr(library, f"{name}Config")(
        output_dir=str(folder / "out"),
        max_length=4096,
        per_device_train_batch_size=2,
        report_to=[],
        use_cpu=True,
        bf16=False,
        **own,
    )
    auto = AutoModelForSequenceClassification if name == "Reward" else AutoModelForCausalLM
    loaded = auto.from_pretrained(model, **({"num_labels": 1} if name == "Reward" else {}))
    trainer = getattr(library, f"{name}Trainer")(
        model=loaded, args=config, train_dataset=rows, processing_class=tokenizer
    )
    made: Loaded = []
    for row in trainer.train_dataset:
        if name == "DPO":
            answers = [row["chosen_ids"], row["rejected_ids"]]
            made.append(
                {
                    "read": [tokenizer.decode(row["prompt_ids"] + one) for one in answers],
                    "learnt": [*map(tokenizer.decode, answers)],
                }
            )
        elif name == "KTO":
            answer = tokenizer.decode(row["completion_ids"])
            made.append({"read": [tokenizer.decode(row["prompt_ids"]) + answer], "learnt": [answer, str(row["label"])]})
        elif name == "Reward":
            made.append(
                {"read": [tokenizer.decode(row["chosen_ids"]), tokenizer.decode(row["rejected_ids"])], "learnt": []}
            )
        else:
            labels = row.get("labels") or row["input_ids"]
            made.append(
                {"read": [tokenizer.decode(row["input_ids"])], "learnt": [_kept(tokenizer, row["input_ids"], labels)]}
            )
    return made


def llamafactory(folder: Path, objective: str, model: str) -> Loaded:
    """LLaMA-Factory: `get_dataset` with the export's own train.yaml. Its code for sound is replaced by nothing: no row has any."""
    if "torchaudio" not in sys.modules:
        silent = types.ModuleType("torchaudio")
        silent.__spec__ = ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = silent
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import DataArguments, ModelArguments
    from transformers import Seq2SeqTrainingArguments

    config = yaml.safe_load((folder / "train.yaml").read_text())
    given = {name: config[name] for name in ("template", "dataset", "cutoff_len", "mask_history") if name in config}
    data = DataArguments(dataset_dir=str(folder), **given)
    tokenizer = AutoTokenizer.from_pretrained(model)
    training = Seq2SeqTrainingArguments(output_dir=str(folder / "out"), report_to=[], do_train=True, use_cpu=True)
    template = get_template_and_fix_tokenizer(tokenizer, data)
    stage = {"dpo": "rm"}.get(config["stage"], config["stage"])
    found = get_dataset(
        template, ModelArguments(model_name_or_path=model), data, training, stage=stage, tokenizer=tokenizer
    )["train_dataset"]
    made: Loaded = []
    for row in found:
        if stage == "rm":
            sides = ("chosen", "rejected")
            made.append(
                {
                    "read": [tokenizer.decode(row[f"{side}_input_ids"]) for side in sides],
                    "learnt": [_kept(tokenizer, row[f"{side}_input_ids"], row[f"{side}_labels"]) for side in sides],
                }
            )
        else:
            labels = row.get("labels", row["input_ids"])
            tags = [str(row["kto_tags"])] if "kto_tags" in row else []
            made.append(
                {
                    "read": [tokenizer.decode(row["input_ids"])],
                    "learnt": [_kept(tokenizer, row["input_ids"], labels), *tags],
                }
            )
    return made


def axolotl(folder: Path, objective: str, model: str) -> Loaded:
    """axolotl: the strategy that the export's config names, over the rows as its loader reads them."""
    from axolotl.utils.dict import DictDefault

    config = DictDefault(yaml.safe_load((folder / "axolotl.yaml").read_text()))
    own = config["datasets"][0]
    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = load_dataset(own["ds_type"], data_files=str(folder / own["path"]), split="train")
    if config["rl"]:
        if config["rl"] == "dpo":
            from axolotl.prompt_strategies.dpo import load as strategy
        else:
            from axolotl.prompt_strategies.kto import load as strategy
        from axolotl.utils.data.rl import _map_dataset

        function = strategy(own["type"], config, dataset_idx=0)
        arguments: dict[str, Any] = {}
        if isinstance(function, tuple):
            function, arguments = function
        found = _map_dataset(config, rows, function, tokenizer, **arguments)
        if config["rl"] == "dpo":
            return [
                {
                    "read": [row["prompt"] + row[side] for side in ("chosen", "rejected")],
                    "learnt": [row["chosen"], row["rejected"]],
                }
                for row in found
            ]
        return [
            {"read": [row["prompt"] + row["completion"]], "learnt": [row["completion"], str(row["label"])]}
            for row in found
        ]
    from axolotl.datasets import wrap_dataset_for_tokenized_prompt
    from axolotl.prompt_strategies import load

    if objective == "reward":
        from axolotl.prompt_strategies.bradley_terry import load
    kind = own["type"].removeprefix("bradley_terry.")
    strategy = load(kind, tokenizer, config, own)
    found = wrap_dataset_for_tokenized_prompt(strategy, rows)
    if objective == "reward":
        return [
            {"read": [tokenizer.decode(row["chosen_ids"]), tokenizer.decode(row["rejected_ids"])], "learnt": []}
            for row in found
        ]
    return [
        {"read": [tokenizer.decode(row["input_ids"])], "learnt": [_kept(tokenizer, row["input_ids"], row["labels"])]}
        for row in found
    ]


def torchtune(folder: Path, objective: str, model: str) -> Loaded:
    """torchtune: the dataset builder that the export's dataset.yaml names."""
    import torchtune.datasets as builders

    given = yaml.safe_load((folder / "dataset.yaml").read_text())["dataset"]
    builder = getattr(builders, given.pop("_component_").rsplit(".", 1)[1])
    given["data_files"] = str(folder / given["data_files"])
    plain = AutoTokenizer.from_pretrained(model)

    class Words:
        """A tokenizer as torchtune's model tokenizers are: turns in, tokens and a mask out."""

        max_seq_len = None

        def encode(self, text: str, add_bos: bool = True, add_eos: bool = True) -> list[int]:
            return plain.encode(text, add_special_tokens=False)

        def tokenize_messages(self, messages: list[Any], **_: Any) -> tuple[list[int], list[bool]]:
            ids, mask = [], []
            for message in messages:
                new = self.encode(f"<|im_start|>{message.role}\n{message.text_content}<|im_end|>\n")
                ids += new
                mask += [message.masked] * len(new)
            return ids, mask

        def __call__(self, sample: dict[str, Any], inference: bool = False) -> dict[str, Any]:
            ids, mask = self.tokenize_messages(sample.pop("messages"))
            return {**sample, "tokens": ids, "mask": mask}

    found = builder(tokenizer=Words(), **given)
    made: Loaded = []
    for number in range(len(found)):
        row = {name: [int(one) for one in value] for name, value in found[number].items() if name != "mask"}
        sides = ("chosen_input_ids", "rejected_input_ids") if objective == "preference" else ("tokens",)
        labels = ("chosen_labels", "rejected_labels") if objective == "preference" else ("labels",)
        made.append(
            {
                "read": [plain.decode(row[side]) for side in sides],
                "learnt": [_kept(plain, row[side], row[label]) for side, label in zip(sides, labels, strict=True)],
            }
        )
    return made


LOADERS = {"trl": trl, "unsloth": trl, "llamafactory": llamafactory, "axolotl": axolotl, "torchtune": torchtune}


def main(target: str, model: str, out: str, folders: list[str]) -> None:
    """Write what each folder gives."""
    disable_progress_bars()
    said: dict[str, Any] = {}
    for folder in map(Path, folders):
        objective = json.loads((folder / "export.json").read_text())["objective"]
        try:
            said[str(folder)] = {"rows": LOADERS[target](folder, objective, model)}
        except Exception as error:
            said[str(folder)] = {"error": f"{type(error).__name__}: {error}"[:2000]}
    Path(out).write_text(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
