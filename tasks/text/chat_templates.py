"""Chat templates: conversations as the text that a model is trained on, rendered as transformers renders them.

transformers (`utils/chat_template_utils.py`) compiles a template with jinja2's ImmutableSandboxedEnvironment, blocks trimmed, loop
controls, a `generation` block that marks what the assistant says, and the functions below. A template comes with a model that
somebody else made: it can compute and reach nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NoReturn

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import CallBlock, Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.core.errors import BadInput

Message = Mapping[str, Any]
OPENS, CLOSES = "\ufdd0", "\ufdd1"
"""Noncharacters that mark, while a text is rendered, where the assistant speaks by the template's own `generation` blocks."""


class GenerationBlocks(Extension):
    """`{% generation %}…{% endgeneration %}`: what stands between is marked."""

    tags = {"generation"}  # noqa: RUF012  (as jinja2 declares it)

    def parse(self, parser: Parser) -> Node:
        """The block as a call that marks its text."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return CallBlock(self.call_method("_marked"), [], [], body).set_lineno(line)

    def _marked(self, caller: Any) -> str:
        return f"{OPENS}{caller()}{CLOSES}"


class ChatTemplate:
    """A model's template, ready to render."""

    def __init__(self, source: str, special_tokens: Mapping[str, str]) -> None:
        """`special_tokens`: bos_token, eos_token and the like, as templates name them. BadInput for text that is no template."""
        self.source = source
        self._given = dict(special_tokens)
        self.marks = bool(re.search(r"\{%-?\s*generation\b", source))
        try:
            self._template = _environment().from_string(source)
        except jinja2.TemplateError as error:
            raise BadInput(f"the chat template cannot be read: {error}") from None

    def render(self, messages: Sequence[Message], tools: Sequence[Any] | None = None, prompt: bool = False) -> str:
        """The conversation as text; with `prompt` as at inference, up to where the assistant goes on. BadInput where the template
        refuses the conversation."""
        return self.render_marked(messages, tools, prompt).replace(OPENS, "").replace(CLOSES, "")

    def render_marked(
        self, messages: Sequence[Message], tools: Sequence[Any] | None = None, prompt: bool = False
    ) -> str:
        """As `render`, with what the template's `generation` blocks say between OPENS and CLOSES."""
        try:
            return self._template.render(
                messages=messages, tools=tools or None, add_generation_prompt=prompt, **self._given
            )
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise BadInput(f"the chat template refuses it: {error}") from None


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationBlocks, loopcontrols], autoescape=False
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda form: datetime.now(UTC).strftime(form)
    return environment


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: Any = None, sort_keys: bool = False
) -> str:
    """JSON as transformers writes it: without jinja2's escapes for HTML."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)
