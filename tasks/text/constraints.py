"""Verifiable constraints: what `name:value` demands of a response, checked from nothing but the texts.

After IFEval (Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models"): a constraint is worth having only if
a few lines of code can tell whether it was met. `CHECKS` has the paper's 25 kinds and some more.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from tasks.text.counts import list_items, paragraphs, sentence_count, word_count

_BULLET: Final = re.compile(r"^[ \t]*[-*•][ \t]+\S", re.MULTILINE)
_TITLE: Final = re.compile(r"<<[^\S\n]*+[^\s<>][^\n<>]*+>>")
_PLACEHOLDER: Final = re.compile(r"\[[^\[\]\n]+\]")
_HIGHLIGHT: Final = re.compile(r"(?<!\*)(\*{1,2})(?![*\s])[^*\n]*[^*\s\n]\1(?!\*)")
_FENCED: Final = re.compile(r"\s*+```(?:json)?[ \t]*+\n(.*?)```\s*", re.DOTALL | re.IGNORECASE)
_DIVIDER: Final = re.compile(r"^[ \t]*\*{3}[ \t]*$", re.MULTILINE)
_TWO: Final = "******"
_ENOUGH_LETTERS: Final = 120
"""Letters of a response below which its language is a guess, as in the filter `language`."""


class ConstraintError(ValueError):
    """A constraint that is not of the form that its name has, or whose name is not known."""


class Met(NamedTuple):
    """Whether a constraint was met, and what was found instead or as well."""

    met: bool | None
    """None: the texts do not tell."""
    found: str


def check(constraint: str, instruction: str, response: str) -> Met:
    """Whether `response` meets `constraint`, `name` or `name:value`. Raises ConstraintError."""
    name, _, value = constraint.partition(":")
    known = CHECKS.get(name.strip())
    if known is None:
        raise ConstraintError(f"{name.strip()[:40]!r} is no constraint that is known")
    try:
        return known(value.strip(), instruction, response)
    except (ValueError, IndexError) as error:
        raise ConstraintError(f"{constraint[:60]!r} has no value that can be used: {error}") from None


Check = Callable[[str, str, str], Met]
"""`(value, instruction, response)`; raises ValueError for a value that it cannot use."""


def _counted(what: str, count: Callable[[str], int | None], fits: Callable[[int, int], bool]) -> Check:
    def check(value: str, _instruction: str, response: str) -> Met:
        wanted, found = int(value), count(response)
        return Met(found is not None and fits(found, wanted), f"{'no' if found is None else found} {what}")

    return check


def _at_least(found: int, wanted: int) -> bool:
    return found >= wanted


def _at_most(found: int, wanted: int) -> bool:
    return 0 < found <= wanted


def _exactly(found: int, wanted: int) -> bool:
    return found == wanted


def _below(found: int, wanted: int) -> bool:
    return found < wanted


def _listed(value: str) -> list[str]:
    words = [word.strip() for word in value.split(",") if word.strip()]
    if not words:
        raise ValueError("no words")
    return words


def _times(word: str, text: str) -> int:
    """How often a word or phrase stands in a text, as a whole and in any case."""
    start, end = (r"\b" if one.isalnum() or one == "_" else "" for one in (word[0], word[-1]))
    return len(re.findall(f"{start}{re.escape(word)}{end}", text, re.IGNORECASE))


def _keywords(value: str, _instruction: str, response: str) -> Met:
    missing = [word for word in _listed(value) if not _times(word, response)]
    return Met(not missing, f"without {', '.join(missing)}" if missing else "all words")


def _forbidden(value: str, _instruction: str, response: str) -> Met:
    said = [word for word in _listed(value) if _times(word, response)]
    return Met(not said, f"with {', '.join(said)}" if said else "none of the words")


def _frequency(count: Callable[[str, str], int], fits: Callable[[int, int], bool]) -> Check:
    """A check of how often a text stands there; the value is of the form `3:word`."""

    def check(value: str, _instruction: str, response: str) -> Met:
        number, _, what = value.partition(":")
        if not what:
            raise ValueError("of the form number:text")
        found = count(what, response)
        return Met(fits(found, int(number)), f"{what} {found} times")

    return check


def _letters(letter: str, response: str) -> int:
    if len(letter) != 1:
        raise ValueError("one letter")
    return response.lower().count(letter.lower())


def _language(value: str, _instruction: str, response: str) -> Met:
    if sum(one.isalpha() for one in response) < _ENOUGH_LETTERS:
        return Met(None, "too short to tell its language")
    found = str(_identifier().classify(response[:2000])[0])
    return Met(found == value.lower(), f"in {found}")


@cache
def _identifier() -> Any:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)


def _divided(response: str) -> int:
    """Paragraphs that stand between lines of three stars, as IFEval asks for them."""
    parts = [part.strip() for part in _DIVIDER.split(response)]
    return 0 if any(not part for part in parts[1:-1]) else sum(bool(part) for part in parts)


def _nth_paragraph(value: str, _instruction: str, response: str) -> Met:
    """`3:2:word`: of three paragraphs the second begins with the word."""
    wanted, at, word = value.split(":", 2)
    parts = paragraphs(response)
    if len(parts) != int(wanted) or not 1 <= int(at) <= len(parts):
        return Met(False, f"{len(parts)} paragraphs")
    first = (parts[int(at) - 1].split()[0]).strip("\"'.,?!“”‘’*_")
    return Met(first.lower() == word.strip().lower(), f"paragraph {at} begins with {first[:40]}")


def _postscript(value: str, _instruction: str, response: str) -> Met:
    mark = (value or "P.S.").replace(" ", "").lower()
    lines = (line.strip().replace(" ", "").lower() for line in response.splitlines())
    found = any(line.startswith(mark) and len(line) > len(mark) for line in lines)
    return Met(found, "a postscript" if found else "no postscript")


def _one_of(value: str, _instruction: str, response: str) -> Met:
    said = response.strip().strip("*\"'")
    return Met(said in [one.strip() for one in value.split("|")], f"{said[:60]!r}")


def _sections(value: str, _instruction: str, response: str) -> Met:
    """`3:SECTION`: at least three headings "SECTION 1", …"""
    number, _, word = value.partition(":")
    heads = re.findall(rf"^[ \t#*_]*{re.escape(word or 'Section')}[ \t]+\d+", response, re.MULTILINE | re.IGNORECASE)
    return Met(len(heads) >= int(number), f"{len(heads)} sections")


def _json_format(_value: str, _instruction: str, response: str) -> Met:
    fenced = _FENCED.fullmatch(response)
    try:
        json.loads(fenced[1] if fenced else response)
    except (ValueError, RecursionError):
        return Met(False, "no JSON")
    return Met(True, "JSON")


def _json_keys(value: str, _instruction: str, response: str) -> Met:
    """An object with exactly these keys, each with a text, or a list of texts, none of them empty."""
    keys = _listed(value)
    try:
        data = json.loads(response)
    except (ValueError, RecursionError):
        return Met(False, "no JSON")
    if not isinstance(data, dict) or list(data) != keys:
        return Met(False, f"keys {', '.join(data)[:60]}" if isinstance(data, dict) else "no object")
    return Met(all(map(_filled, data.values())), "an object with these keys")


def _filled(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return bool(parts) and all(isinstance(part, str) and part.strip() for part in parts)


def _repeats(value: str, instruction: str, response: str) -> Met:
    prompt = value or instruction
    met = response.strip().lower().startswith(prompt.strip().lower())
    return Met(met, "the request first" if met else "does not begin with the request")


def _two_responses(_value: str, _instruction: str, response: str) -> Met:
    parts = [part.strip() for part in response.split(_TWO)]
    full = [part for part in parts if part]
    met = len(full) == 2 and full[0] != full[1] and all(parts[1:-1])
    return Met(met, f"{len(full)} responses between {_TWO}")


def _cased(upper: bool) -> Check:
    def check(_value: str, _instruction: str, response: str) -> Met:
        wrong = sum(one.islower() if upper else one.isupper() for one in response)
        letters = any(one.isalpha() for one in response)
        return Met(letters and not wrong, f"{wrong} {'small' if upper else 'capital'} letters")

    return check


def _capital_words(response: str) -> int:
    return sum(word.isupper() for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", response))


def _ends(value: str, _instruction: str, response: str) -> Met:
    said = response.strip().rstrip("\"'”’*_").rstrip()
    met = bool(value) and (said.lower().endswith(value.lower()) or response.strip().lower().endswith(value.lower()))
    return Met(met, f"ends with {said[-40:]!r}")


def _starts(value: str, _instruction: str, response: str) -> Met:
    said = response.strip().lstrip("\"'“‘*_#> ")
    met = bool(value) and (said.lower().startswith(value.lower()) or response.strip().lower().startswith(value.lower()))
    return Met(met, f"starts with {said[:40]!r}")


def _quotation(_value: str, _instruction: str, response: str) -> Met:
    said = response.strip()
    met = len(said) > 2 and (said[0], said[-1]) in {('"', '"'), ("“", "”"), ("„", "“"), ("«", "»")}
    return Met(met, "in quotation marks" if met else "not in quotation marks")


def _holds(pattern: re.Pattern[str], what: str) -> Check:
    def check(_value: str, _instruction: str, response: str) -> Met:
        found = pattern.search(response) is not None
        return Met(found, f"{'a' if found else 'no'} {what}")

    return check


def _no_commas(_value: str, _instruction: str, response: str) -> Met:
    commas = sum(response.count(mark) for mark in ",，、")
    return Met(not commas, f"{commas} commas")


CHECKS: Final[dict[str, Check]] = {
    # counts
    "max_words": _counted("words", word_count, _at_most),
    "min_words": _counted("words", word_count, _at_least),
    "max_sentences": _counted("sentences", sentence_count, _at_most),
    "min_sentences": _counted("sentences", sentence_count, _at_least),
    "exact_sentences": _counted("sentences", sentence_count, _exactly),
    "paragraphs": _counted("paragraphs", lambda text: len(paragraphs(text)), _exactly),
    "divided_paragraphs": _counted("paragraphs between ***", _divided, _exactly),
    "nth_paragraph_starts": _nth_paragraph,
    # words
    "keywords": _keywords,
    "forbidden_words": _forbidden,
    "keyword_at_least": _frequency(_times, _at_least),
    "keyword_below": _frequency(_times, _below),
    "letter_at_least": _frequency(_letters, _at_least),
    "letter_below": _frequency(_letters, _below),
    "language": _language,
    # form
    "bullet_list": _counted("list items and nothing else", lambda text: list_items(text, numbered=False), _exactly),
    "numbered_list": _counted(
        "numbered items and nothing else", lambda text: list_items(text, numbered=True), _exactly
    ),
    "bullets": _counted("bullet points", lambda text: len(_BULLET.findall(text)), _exactly),
    "sections": _sections,
    "highlights": _counted("highlighted parts", lambda text: len(_HIGHLIGHT.findall(text)), _at_least),
    "placeholders": _counted("placeholders", lambda text: len(_PLACEHOLDER.findall(text)), _at_least),
    "title": _holds(_TITLE, "title in << >>"),
    "postscript": _postscript,
    "json": _json_keys,
    "json_format": _json_format,
    "one_of": _one_of,
    "two_responses": _two_responses,
    "repeats_request": _repeats,
    # case and marks
    "all_capitals": _cased(upper=True),
    "all_lowercase": _cased(upper=False),
    "capital_words_at_least": _counted("words in capitals", _capital_words, _at_least),
    "capital_words_below": _counted("words in capitals", _capital_words, _below),
    "no_commas": _no_commas,
    "starts_with": _starts,
    "ends_with": _ends,
    "quotation": _quotation,
}
"""By the first word of a constraint."""
