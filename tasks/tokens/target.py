"""A model as far as its tokens go: tokenizer, chat template and special tokens, from a folder or a GGUF file."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tasks.core.errors import BadInput
from tasks.text.chat_templates import ChatTemplate

NAMED = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")


@dataclass(frozen=True)
class TokenTarget:
    """A tokenizer and its chat template."""

    name: str
    tokenizer: Any
    """Of the library `tokenizers`."""
    template: ChatTemplate

    @cached_property
    def special(self) -> tuple[str, ...]:
        """The texts of special tokens, which content must not hold."""
        added = self.tokenizer.get_added_tokens_decoder().values()
        return tuple(sorted(token.content for token in added if token.special))

    @property
    def template_hash(self) -> str:
        """sha256 of the template."""
        return hashlib.sha256(self.template.source.encode()).hexdigest()


def load(path: Path, name: str = "") -> TokenTarget:
    """The target in a folder (tokenizer.json, and tokenizer_config.json or chat_template.jinja) or a GGUF file. BadInput names
    what is missing."""
    if path.is_dir():
        return _from_folder(path, name or path.name)
    if path.suffix == ".gguf" and path.is_file():
        return _from_gguf(path, name or path.stem)
    raise BadInput(f"{path}: no folder with a tokenizer.json, and no .gguf file")


def packaged() -> TokenTarget:
    """The embedded model's: SmolLM2. BadInput where the extra `local` is not installed."""
    from tasks.teachers.asked_model import packaged_file

    path = packaged_file()
    if path is None:
        raise BadInput("name a tokenizer with --tokenizer, or install the extra `local` for the embedded model's")
    return load(path, "SmolLM2")


def _from_folder(folder: Path, name: str) -> TokenTarget:
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise BadInput(f"{folder}: no tokenizer.json in it")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise BadInput(f"{file}: no tokenizer: {error}") from None
    config = _json(folder / "tokenizer_config.json")
    source = config.get("chat_template")
    if isinstance(source, list):  # several by name; training takes the one called default
        source = next((one.get("template") for one in source if one.get("name") == "default"), None)
    if (alone := folder / "chat_template.jinja").is_file():
        source = alone.read_text("utf-8")
    if not isinstance(source, str):
        raise BadInput(f"{folder}: no chat template, neither in tokenizer_config.json nor as chat_template.jinja")
    named = {key: _text(config[key]) for key in NAMED if config.get(key)}
    return TokenTarget(name, tokenizer, ChatTemplate(source, named))


def _from_gguf(path: Path, name: str) -> TokenTarget:
    try:
        import gguf
    except ImportError:
        raise BadInput(f"{path}: install the extra `local` to read GGUF files: pip install --no-deps gguf") from None
    from tasks.text.gguf_tokenizer import gguf_tokenizer

    try:
        file = gguf.GGUFReader(path)
        source = file.fields["tokenizer.chat_template"].contents()
        words = file.fields["tokenizer.ggml.tokens"].contents()
        ids = {key: file.fields.get(f"tokenizer.ggml.{key.removesuffix('_token')}_token_id") for key in NAMED}
        named = {key: words[found.contents()] for key, found in ids.items() if found is not None}
        return TokenTarget(name, gguf_tokenizer(file), ChatTemplate(source, named))
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput(
            f"{path}: its tokenizer cannot be read ({error}); give the model's folder with tokenizer.json"
        ) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise BadInput(f"{path}: not JSON: {error}") from None
    return found if isinstance(found, dict) else {}


def _text(token: Any) -> str:
    return str(token["content"]) if isinstance(token, dict) else str(token)
