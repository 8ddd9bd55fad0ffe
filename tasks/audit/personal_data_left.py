"""Personal data in released rows, searched for a second time in a sample: by rules of the audit's own, so that what the filter does
not know, or leaves by its settings, is seen all the same."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa

from tasks.audit.statistics import share, texts, value_counts
from tasks.core.attached_document import without_document
from tasks.text.columns import plain

SAMPLE: Final = 2000
"""Rows searched, of those that the audit samples."""
SHOWN: Final = 10
"""Ids of rows that are named."""

_ASKED_FOR: Final = re.compile(
    r"(?i)\b(?:e-?mails?|addresses|contact|phone|r[ée]sum[ée]|cv|invoice|letter|signature|form|fake|fictional|fictitious|made.up|"
    r"sample|dummy|example|regex|regular expression|valid(?:ate|ation)?|generate|write|create|extract)\b"
)
"""Instructions whose answer holds made-up contacts because it was asked to."""
_NOBODY: Final = re.compile(
    r"(?i)@(?:[\w-]+\.)*(?:example|test|invalid|localhost|domain|company|email|mail|yourdomain|abc|xyz)(?:\.\w+)*$"
)
"""Domains that are reserved (RFC 2606) or stand for any."""


def _luhn(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()][::-1]
    total = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return len(set(digits)) > 2 and total % 10 == 0


def _iban(text: str) -> bool:
    plain = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


_KINDS: Final[dict[str, tuple[re.Pattern[str], Callable[[str], bool]]]] = {
    "e-mail address": (
        re.compile(
            r"(?<![\w.+-])[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,8}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b"
        ),
        lambda text: not _NOBODY.search(text),
    ),
    "payment card": (re.compile(r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?![\w.-])"), _luhn),
    "bank account": (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _iban),
    "social security number": (
        re.compile(r"(?i)\b(?:ssn|social security)\D{0,30}(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"),
        lambda _: True,
    ),
    "key or token": (
        re.compile(
            r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{32,}|xox[bp]-[0-9A-Za-z-]{20,})\b"
            r"|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"
        ),
        lambda text: "EXAMPLE" not in text,
    ),
}
"""What is searched for, and which finds are real."""


def personal_data_left(sample: pa.Table) -> dict[str, Any]:
    """Of the first SAMPLE rows of `sample`: how many hold personal data, its kinds, and ids to look at. Only what the instruction
    does not ask to be made up counts, or what stands in the instruction itself."""
    rows = sample.slice(0, SAMPLE)
    kinds: Counter[str] = Counter()
    ids = []
    columns = (rows["example_id"].to_pylist(), plain(rows["instruction"]).to_pylist(), texts(rows, "response"))
    for identity, asked, answered in zip(*columns, strict=True):
        searched = asked if _ASKED_FOR.search(without_document(asked)) else f"{asked}\n{answered}"
        if found := set(_found(searched)):
            kinds.update(found)
            ids.append(identity)
    kinds_found = value_counts(kind for kind, times in kinds.items() for _ in range(times))
    return {
        "sample": rows.num_rows,
        "rows": len(ids),
        "share": share(len(ids), rows.num_rows),
        "kinds": kinds_found,
        "ids": ids[:SHOWN],
    }


def _found(text: str) -> Iterator[str]:
    """The kinds of personal data in a text."""
    for kind, (pattern, real) in _KINDS.items():
        if any(real(match[0]) for match in pattern.finditer(text)):
            yield kind
