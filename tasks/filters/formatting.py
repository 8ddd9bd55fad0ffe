"""Formatting damage repaired: leaked chat tokens, HTML and Markdown left-overs, mojibake, invisible characters, white space.

What is not broken is not touched. Code (fenced, inline, prompts, indented lines) keeps every character except invisible
ones, rows that are about markup keep their tags and entities, and a response that stands word for word in its evidence stays
as it is: it is a quotation. Cleaning what is clean changes nothing.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.text.code import code_spans
from tasks.filters.mojibake import LEADS, repaired
from tasks.filters.texts import COLUMNS, joined, rewritten
from tasks.filters.verdict import Context, Verdict

_MARKUP_WORDS: Final = (
    r"(?i)\b(?:x?html?|xml|svg|css|markup|markdown|latex|tags?|entit(?:y|ies)|web ?(?:page|site)s?|javascript|jsx|react|dom|"
    r"<!doctype|chat ?templates?|special tokens?|chatml|tokeni[sz]ers?|escape[ds]?)\b"
)
_CHAT_TOKEN: Final = re.compile(
    r"<\|(?:im_start|start_header_id)\|>[ \t]*(?:system|user|assistant|tool)?(?:<\|end_header_id\|>)?\n*"
    r"|<\|[a-z][a-z0-9_]{1,30}\|>|<start_of_turn>(?:user|model)?\n?|<end_of_turn>|\[/?INST\]|<</?SYS>>"
    r"|\A\s*<s>|</s>\s*\Z|\A\s*###\s*(?:Response|Answer|Output|Assistant)\s*:[ \t]*\n?"
)
_BREAK: Final = re.compile(r"<br\s*/?>|</(?:p|div|h[1-6]|tr)>|</li>(?=\s*</[ou]l>)", re.IGNORECASE)
_ITEM: Final = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:p|div|span|font|center|b|i|u|em|strong|small|big|ul|ol|li|h[1-6]|a|tr|td|th|tbody|table)"
    r"(?:\s+[a-z-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|hellip|mdash|ndash|[lr][sd]quo|#\d{2,5}|#x[0-9a-fA-F]{2,4});"
)
_EMPTY_MARKDOWN: Final = re.compile(r"(?<!\*)\*\*[ \t]*\*\*(?!\*)(?=\s|\Z)|\[\]\(\s*\)")
_INVISIBLE: Final = re.compile(
    "\x1b\\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufff9-\ufffb]"
)
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

_SUSPECT: Final = (
    r"<\||<start_of_turn>|<end_of_turn>|INST\]|SYS>>|</?s>|^\s*###|</?[a-zA-Z][^<>]*>|&[a-z#]|\*\*[ \t]*\*\*|\[\]\("
    rf"|[{LEADS}][^\x00-\x7f]|[\x00-\x08\x0b-\x1f\x7f-\x{{a0}}\x{{200b}}\x{{200e}}\x{{200f}}\x{{202a}}-\x{{202e}}\x{{2060}}]"
    r"|[\x{2066}-\x{2069}\x{feff}\x{fff9}-\x{fffb}\r]|[ \t]\n|\n\s*\n\s*\n|^\s|\s$"
)


class Formatting(Params):
    """Which repairs are made."""

    enabled: bool = True
    chat_tokens: bool = True
    markup: bool = True
    mojibake: bool = True
    invisible: bool = True
    whitespace: bool = True
    unicode: bool = True


def judge(table: pa.Table, params: Formatting, context: Context) -> Verdict:
    """Rejects nothing; replaces the prose columns where something was broken and notes rule:column in `changes`."""
    markup = pc.match_substring_regex(joined(table), _MARKUP_WORDS).to_numpy(zero_copy_only=False)
    quoted = table["evidence"]

    def rewrite(row: int, text: str) -> tuple[str, list[str]]:
        if context.evidence.holds(text, quoted[row].as_py()):
            return text, []
        return clean(text, params, about_markup=bool(markup[row]))

    return Verdict.of(table.num_rows, columns=rewritten(table, COLUMNS, _suspects, rewrite))


def clean(text: str, params: Formatting, about_markup: bool = False) -> tuple[str, list[str]]:
    """`text` repaired, and the names of the rules that changed it. Repeats until nothing is left to repair."""
    applied: list[str] = []
    while True:
        before = text
        for name, rule in _RULES.items():
            if getattr(params, name) and not (about_markup and name in ("chat_tokens", "markup")):
                text, old = rule(text), text
                if text != old:
                    applied.append(name)
        if text == before:
            return text, list(dict.fromkeys(applied))


def _suspects(column: pa.Array) -> pa.Array:
    denormal = pc.not_equal(pc.utf8_normalize(column, form="NFC"), column)
    return pc.or_(pc.match_substring_regex(column, _SUSPECT), denormal)


def _outside_code(repair: Callable[[str], str]) -> Callable[[str], str]:
    """`repair` applied to the stretches of prose between code."""

    def rule(text: str) -> str:
        parts, at = [], 0
        for start, end in code_spans(text):
            parts += [repair(text[at:start]), text[start:end]]
            at = end
        return "".join([*parts, repair(text[at:])])

    return rule


def _chat_tokens(text: str) -> str:
    return _CHAT_TOKEN.sub("", text)


def _markup(text: str) -> str:
    text = _TAG.sub("", _ITEM.sub("- ", _BREAK.sub("\n", text)))
    return _EMPTY_MARKDOWN.sub("", _ENTITY.sub(lambda entity: html.unescape(entity.group()), text))


def _invisible(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    return text if _RIGHT_TO_LEFT.search(text) else _BIDI.sub("", text)


def _trailing(text: str) -> str:
    """Blanks at line ends, but for the two that are a hard break in Markdown; more than two empty lines (two part definitions)."""
    text = re.sub(r"(?<![ \t])(?!  \n\S)[ \t]+(?=\n)", "", text.replace("\u00a0", " "))
    return re.sub(r"\n{4,}", "\n\n", text)


def _whitespace(text: str) -> str:
    text = _outside_code(_trailing)(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip())
    return text if code_spans(text[:1000]) else text.lstrip()


_RULES: Final[dict[str, Callable[[str], str]]] = {
    "invisible": _invisible,
    "mojibake": repaired,
    "chat_tokens": _outside_code(_chat_tokens),
    "markup": _outside_code(_markup),
    "whitespace": _whitespace,
    "unicode": lambda text: unicodedata.normalize("NFC", text),
}
