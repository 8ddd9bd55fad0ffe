"""Which question a sentence of a manual answers.

Each rule knows one way in which manuals state things ("If X, Y." answers "What happens if X?") and refuses whatever it cannot
turn into a question that is whole and correct English.
"""

import re
from collections.abc import Callable
from typing import Final

from tasks.generation.from_documents.templates.finders.reference.clauses import (
    CODE,
    DEFINITE,
    FINITE,
    POINTS_BACK,
    SUBJECT,
    Statement,
    is_plural,
    named,
    points_back,
)
from tasks.generation.from_documents.templates.finders.reference.sentences import mask
from tasks.generation.from_documents.templates.finders.reference.wording import Topic, spoken
from tasks.text.words import content_words

Reading = tuple[str, dict[str, str]]
"""Kind of anchor and its slots."""

_ACTIONS: Final = frozenset(
    """specifies creates evaluates compares computes performs defines binds selects invokes executes terminates inverts causes
    tests sets removes adds replaces imports loads calls converts suspends resumes passes inserts applies allows enables
    prevents makes triggers forces signals coerces provides introduces declares marks delegates deletes iterates
    constructs builds maps associates handles rounds formats affects tells controls determines matches""".split()  # noqa: SIM905
)
"""What a thing does: asked about with "do"."""
_PLURAL_ACTIONS: Final = frozenset(
    "specify create evaluate compare compute perform define bind select execute map allow provide".split()  # noqa: SIM905
)
_STATES: Final = {
    "returns": "return", "yields": "yield", "means": "mean", "contains": "contain", "represents": "represent",
    "denotes": "denote", "indicates": "indicate", "describes": "describe", "supports": "support", "gives": "give",
    "holds": "hold", "raises": "raise", "requires": "require", "stores": "store", "produces": "produce",
}  # fmt: skip
"""What a thing is in relation to another: asked about with the verb itself."""
_NO_DEFINITION: Final = re.compile(
    r" (?:same|only|most|number|first|last)| (?:attribute|string|list) that"
    r"| (?:subclass|static|convenient|special|syntax error)\b"
)
_LABEL: Final = 3
"""Words of a predicate that only says under what its subject falls: "A script file (…) is a code block"."""
_NEWS: Final = 2
"""Content words that a statement adds to its subject: "Type objects represent the various object types" adds one."""
_QUALIFIED: Final = re.compile(
    r"^be the |\b(?:only|otherwise|but|thus|therefore|when|at most|at least|”|several|number of|perhaps|many)\b"
)
"""Words after which a plain "Can X do Y?" would ask something else."""


def read(flat: str, topic: Topic) -> Reading | None:
    """The kind of anchor and the slots of the question that the sentence `flat` answers; None if no rule is sure."""
    sentence = Statement(flat.removeprefix("("))
    anaphoric = re.search(r"\b(?:this|these|those|such)\b", sentence.masked, re.IGNORECASE)
    for rule in RULES:
        if (anaphoric and rule is not _condition) or (topic.call and rule not in _IN_ENTRIES):
            continue
        reading = rule(sentence, topic)
        if reading:
            return reading
    return None


def _definition(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        r"(?P<s>.+?),? (?:is|are) (?:also |sometimes |often |usually )?(?:called|said to be|known as|referred to as|termed)"
        r"(?: an?| the)? (?:“|\*)(?P<t>[^*”]+)(?:”|\*)"
    )
    if found and not re.search(r"\b(?:such|it|this|these|they)\b", found["s"], re.IGNORECASE):
        return "definition", {"term": spoken(found["t"])}
    return None


def _thing(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}|[A-Z][a-z]+(?: [a-z]+){{0,2}}) (?P<b>is|are) (?P<n>an?|the|any|functions|pieces)\b"
    )
    subject = named(found["s"]) if found else None
    if not found or not subject or _NO_DEFINITION.match(found.rest) or re.match(r"The [\w-]+ of ", found["s"]):
        return None
    if "(" in found["s"] and len(found.rest.split()) <= _LABEL:
        return None
    return "thing", {"be_subject": f"{found['b']} {subject}"}


def _purpose(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are|can be|may be) (?:commonly |typically |normally |often |usually |only |mainly )?"
        r"(?:used|useful|intended|meant|a convenient way|a convenience) (?:mainly )?(?:to|for|in)\b"
    )
    subject = named(found["s"]) if found else None
    if not found or not subject:
        return None
    be, _, passive = found["b"].partition(" ")
    return "purpose", {"be_subject": f"{be} {subject}{' be' if passive else ''}"}


def _does(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(rf"(?P<s>{SUBJECT}) (?:always |simply |normally |usually )?(?P<v>[a-z]+)(?= )")
    subject = named(found["s"]) if found else None
    if not found or not subject or found.rest.startswith(" additional"):
        return None
    verb = found["v"]
    told = {word.rstrip("s") for word in content_words(re.split(r"[.;]", found.rest)[0])}
    if len(told - {word.rstrip("s") for word in content_words(found["s"])}) < _NEWS:
        return None
    if verb in _STATES or verb in _ACTIONS:
        return "does", {"do_subject": f"does {subject}", "verb": _STATES.get(verb, "do")}
    if is_plural(found["s"]) and verb in {*_STATES.values(), *_PLURAL_ACTIONS}:
        return "does", {"do_subject": f"do {subject}", "verb": verb if verb in _STATES.values() else "do"}
    return None


def _condition(s: Statement, topic: Topic) -> Reading | None:
    found = s.match(r"(?P<w>If|When|Whenever) (?P<c>[^,;:]{10,130}), (?:then )?(?P<m>[^:]{15,})")
    if not found or not _is_clause(found["c"]) or _goes_on(found["m"]):
        return None
    clause, told = found["c"], found["m"]
    word = "if" if found["w"] == "If" else "when"
    advice = re.match(r"be sure to\b|(?:it|you|one|users?|they)\b.*?\bshould\b", told)
    kind = "advice" if advice else "condition"
    if topic.call and (topic.narrow or '"' not in clause):
        return f"{kind}_call", {"condition": f"{word} {spoken(clause, topic.parameters)}", "call": topic.call}
    vague = re.search(r"\bthe \w|^all\b|(?:present|supplied|is found)$|(?<!\*)\*[a-z_]+\*", re.sub(CODE, "_", clause))
    if vague and (not topic.where or advice or (_same(topic.where, clause) and clause.endswith("present"))):
        return None
    where = topic.where if vague and not _same(topic.where, clause) else ""
    return f"{kind}_where" if where else kind, {"condition": f"{word} {spoken(clause)}", "where": where}


def _is_clause(clause: str) -> bool:
    """Whether `clause` is one whole clause that needs nothing said before: a subject and, if it has no conjunction, one verb."""
    bare = mask(clause)
    verbs = len(FINITE.findall(bare))
    if not verbs or (verbs > 1 and not re.search(r"\b(?:and|or|nor|that|which|who|but|when|to)\b", bare)):
        return False
    if re.match(r"\w+(?:ing|ed)\b|(?:given|in|on|at|not)\b", bare) or re.search(
        r" or if |\bboth\b|^\S+ returns$|\bspecific\b", bare
    ):
        return False
    if re.search(r", say\)", clause):
        return False
    return not POINTS_BACK.search(re.sub(r"\b(?:that|which)\b", "", bare)) and not re.search(r"(?<!\*)\*\w\*", clause)


def _goes_on(told: str) -> bool:
    """Whether what follows the comma still belongs to the condition, or points back."""
    return bool(
        re.match(r"(?:e\.g|i\.e|and|or|but|is|are|for example|however)\b", told)
        or re.match(r'"[^"]*"(?:, "[^"]*")* (?:or|and) ', told)
        or re.search(r"\b(?:these|those|such|in this)\b", told)
    )


def _same(where: str, clause: str) -> bool:
    """Whether the clause names its circumstance itself."""
    return set(re.findall(r"`[^`]+`", where)) <= set(re.findall(r"`[^`]+`", spoken(clause))) and "`" in where


def _reason(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are|was|were|can|cannot|must|should|may)(?P<not> not)? (?P<r>[^,;:]{{3,90}}),? because "
    )
    subject = named(found["s"]) if found else None
    if not found or not subject or points_back(found["r"]):
        return None
    aux = "can" if found["b"] == "cannot" else found["b"]
    no = " not" if found["not"] or found["b"] == "cannot" else ""
    return "reason", {"why": f"{aux} {subject}{no} {spoken(found['r'])}"}


def _way(s: Statement, topic: Topic) -> Reading | None:
    found = s.match(
        r"To (?P<g>(?!summarize|illustrate|be |do )[a-z]+ [^,;:]{6,100}), (?P<m>(?!the\b|it\b|a\b|an\b|this\b)[^;]+)"
    )
    if not found or points_back(found["g"]) or DEFINITE.search(mask(found["g"])):
        return None
    if re.search(r"\b(?:instead|this|these)\b", found["m"]):
        return None
    return "way", {"goal": spoken(found["g"], topic.parameters) + (f" in {topic.tool}" if topic.tool else "")}


def _means(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?:can|may) be (?P<v>[a-z]+(?:ed|en|un|ound|ilt|ept|et)) "
        r"(?:in a|in several|by|with|using|via|through)\b"
    )
    subject = named(found["s"]) if found else None
    return ("means", {"can_be": f"{subject} be {found['v']}"}) if found and subject else None


def _permission(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>can|cannot|may not|must not|must|should|may)(?P<not> not)? "
        r"(?P<r>(?:be )?[a-z]+\b[^,;:]{3,80}[^,;:.\s])(?P<e>[.,;:])"
    )
    subject = named(found["s"]) if found else None
    if not found or not subject or points_back(found["r"]) or _QUALIFIED.search(found["r"]):
        return None
    if found["e"] == "," and re.search(r" (?:and|or) ", found.rest):
        return None
    rest = spoken(found["r"])
    if found["b"] == "must" and not found["not"]:
        return "obligation", {"do_subject": f"{'do' if is_plural(found['s']) else 'does'} {subject}", "act": rest}
    if found["b"] in ("can", "may") and not found["not"] and DEFINITE.search(mask(found["r"])):
        return None
    return "permission", {"may": f"{'should' if found['b'] == 'should' else 'can'} {subject} {rest}"}


def _circumstance(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are) (?:always |normally |automatically )?(?P<v>[a-z]+(?:ed|en|un|ound|ought|ilt|ept)) "
        r"(?P<p>when|once(?= \w)|whenever|only when|only if|by|using|via|through|from|in terms of|according to)\b"
    )
    subject = named(found["s"]) if found else None
    if (
        not found
        or not subject
        or found["v"] in ("called", "used", "based", "matched", "returned", "identified", "distinguished")
    ):
        return None
    word = "when" if "when" in found["p"] or found["p"] in ("once", "only if") else "how"
    return f"passive_{word}", {"be_done": f"{found['b']} {subject} {found['v']}"}


def _difference(s: Statement, topic: Topic) -> Reading | None:
    found = s.match(r"The difference between (?P<x>.+?) and (?P<y>[^,;:]+?) is\b")
    if found:
        tool = f" in {topic.tool}" if topic.tool else ""
        return "difference", {"pair": f"{spoken(found['x'])} and {spoken(found['y'])}{tool}"}
    return None


def _kinds(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        r"There are (?:currently )?(?:two|three|four|five|six|several|many) "
        r"(?P<n>(?:[\w-]+ )*(?:types|kinds|forms|ways|sorts)(?: (?:of|to) [^:,;.]+)?)[:,;.]"
    )
    if not found or points_back(found["n"]):
        return None
    return "kinds", {"kinds": spoken(found["n"])}


def _equivalent(s: Statement, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?:The (?:simple form|extended form|expression|call|statement|syntax|notation),? )?(?P<s>{CODE}),? "
        r"is (?:\w+ )?(?:equivalent|the same|shorthand|a shortcut)\b"
    )
    return ("equivalent", {"code": spoken(found["s"])}) if found and len(found["s"]) < 60 else None


RULES: Final[tuple[Callable[[Statement, Topic], Reading | None], ...]] = (
    _difference,
    _definition,
    _kinds,
    _equivalent,
    _purpose,
    _reason,
    _thing,
    _way,
    _condition,
    _circumstance,
    _does,
    _means,
    _permission,
)
"""In order of precedence: the first rule that is sure speaks for the sentence."""
_IN_ENTRIES: Final = (_difference, _definition, _equivalent, _reason, _way, _condition, _means, _permission)
"""The rest would take a remark about an entry for a statement about its subject."""
