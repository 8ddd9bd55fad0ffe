"""What can be said of a row without a model: whether it can be understood and used as it stands."""

import re
from collections import Counter
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.verification.judges.substance_rules import RULES, Texts, points_elsewhere
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "unresolved_pointer": "the instruction points at a text, code or list that is not there; detail: the phrase",
    "no_subject": "the instruction does not say what it is about, or is a turn of an absent conversation; detail: the phrase",
    "points_elsewhere": "the response sends the reader elsewhere instead of answering; detail: the phrase",
    "cut_off": "the response breaks off; detail: how it ends",
}
RuleName = Literal["unresolved_pointer", "no_subject", "points_elsewhere", "cut_off", "bare_answer", "group_answer"]
_SLOT: Final = re.compile(r"`[^`]*`|\"[^\"]*\"|\b[A-Z][\w.]*|\d[\d.,]*")
_SHOWN: Final = 5


class Substance(VerifierParams):
    """Rules that need no model: whether a row can be understood and used as it stands."""

    verifier: Literal["substance"] = "substance"

    most_pointer_words: Annotated[int, Field(ge=0)] = 25
    """Words up to which a response with a pointer holds nothing else; longer ones may name a source beside an answer."""
    off: tuple[RuleName, ...] = ()
    """Rules that are not applied."""


def compute(rows: pa.Table, params: Substance, _context: VerifierContext) -> Verdicts:
    """Judges every row that has an instruction and a response. Fails by the first rule that finds something; `unsure` where a rule
    that is not sure enough to reject does. Facts: findings by rule, and the share of instructions of the commonest form."""
    verdicts, found = dict[int, Verdict](), Counter[str]()
    columns = rows.select(["instruction", "response", "system", "history"]).to_pylist()
    for number, row in enumerate(columns):
        if row["instruction"] and row["response"]:
            before = bool(row["history"]) or bool(row["system"])
            verdicts[number], name = _judge(Texts(row["instruction"], row["response"], before), params)
            found.update([name] if name else [])
    asked = [row["instruction"] for row in columns if row["instruction"]]
    facts = {"findings": {name: found[name] for name in RULES}, "templates": template_share(asked)}
    return Verdicts(verdicts, facts=facts)


def _judge(row: Texts, params: Substance) -> tuple[Verdict, str]:
    """The verdict, and the rule that it stands on; empty where none found anything."""
    tagged: tuple[str, str] | None = None
    for name, (rule, effect) in RULES.items():
        if name in params.off:
            continue
        phrase = points_elsewhere(row, params.most_pointer_words) if name == "points_elsewhere" else rule(row)
        if phrase and effect == "fail":
            return Verdict("fail", phrase, name), name
        if phrase and tagged is None:
            tagged = name, phrase
    if tagged:
        return Verdict("unsure", f"{tagged[0]}: {tagged[1]}"), tagged[0]
    return Verdict("pass", "can be read and used by itself"), ""


def template_share(instructions: list[str]) -> dict[str, Any]:
    """Of instructions with names, numbers and quoted parts left out: the share of the most frequent form, and of the five most
    frequent ones together. High shares mean that few templates made the rows."""
    forms = Counter(" ".join(_SLOT.sub("_", text).split()).lower() for text in instructions)
    most = [count for _, count in forms.most_common(_SHOWN)]
    total = len(instructions)
    return {
        "commonest_share": round(most[0] / total, 4) if most else None,
        "five_share": round(sum(most) / total, 4) if most else None,
        "forms": len(forms),
    }


VERIFIER: Final = Verifier(params=Substance, reasons=REASONS, compute=compute, version=2)
