"""For which models a recipe wants a token report."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.core.params import CONTENT, Params


class TokenTargetSettings(Params):
    """A model that is to be trained on the dataset."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")]
    """What the report calls it; its chat template is kept beside the data under this name."""
    tokenizer: Annotated[Path | None, CONTENT] = None
    """A folder with tokenizer.json and the chat template (tokenizer_config.json or chat_template.jinja), or a GGUF file; empty: the
    packaged model's."""
    max_length: Annotated[int, Field(ge=16, le=1 << 22)] = 4096
    """Tokens at which the trainer cuts rows off."""


class Tokens(Params):
    """Rows counted in the tokens of the models that are to be trained on them."""

    targets: Annotated[tuple[TokenTargetSettings, ...], Field(min_length=1)]
    """The models; they are compared."""
