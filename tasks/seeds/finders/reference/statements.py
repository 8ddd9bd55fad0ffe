"""Which question a sentence of a manual answers.

Each rule knows one way in which manuals state things ("If X, Y." answers "What happens if X?") and refuses whatever it cannot
turn into a question that is whole and correct English. Rules work on the sentence with quoted code and brackets masked.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from tasks.seeds.fill import lower
from tasks.seeds.finders.reference.sentences import mask
from tasks.seeds.finders.reference.wording import Topic, spoken

Slots = dict[str, str]
Reading = tuple[str, Slots]

_CODE: Final = r'"[^"]+"'
_NOUN: Final = (
    r"(?:statement|expression|clause|operator|function|method|keyword|module|class|attribute|exception|object|literal|type|"
    r"constructor|decorator|parameter|argument|option|command|conversion|pattern|block|field|flag|marker|specifier)s?"
)
SUBJECT: Final = (
    rf"(?:(?:The |A |An )?(?:[a-z-]+ ){{0,2}}{_CODE}(?: \(_+\))?(?: and {_CODE})?(?: (?:built-in |standard )?{_NOUN})?"
    rf"|(?:A|An) (?:[\w-]+ |\*[^*]+\* |{_CODE} ){{0,3}}(?:[\w-]+|\*[^*]+\*)"
    r"|(?!All\b|Any\b|Each\b|Every\b|Most\b|Many\b|Several\b|Two\b|Three\b|If\b|When\b|As\b|Note\b|For\b)"
    r"(?:[A-Z][\w-]+|\*[A-Z][^*]+\*)(?: [\w-]+| \*[^*]+\*){0,3}s"
    rf"|The (?:[\w-]+ ){{1,3}}of (?:an? |the )?(?:[\w-]+ ){{0,2}}(?:{_CODE}|[\w-]+)(?: {_NOUN})?)(?: \([^)]*\))?"
)
"""A subject that names what it is about: code, "A slicing", "Default parameter values", "The value of a string"."""

_POINTS_BACK: Final = re.compile(
    r"\b(?:it|its|this|these|those|they|their|them|such|so|he|you|your|we|our|above|below|following|former|latter|same|other"
    r"|here|there|then|resulting|previous|also|given|corresponding|respective|said)\b",
    re.IGNORECASE,
)
_DEFINITE: Final = re.compile(r"\bthe (?!same\b)(?:[\w-]+)", re.IGNORECASE)
_FINITE: Final = re.compile(
    r"\b(?:is|are|was|were|has|have|does|do|can|cannot|may|must|occurs?|raises?|returns?|contains?|defines?|appears?|calls?"
    r"|uses?|provides?|matches|succeeds?|fails?|reaches|exists?|executes?|overrides?|inherits?|implements?|exits?|evaluates?"
    r"|wants?|begins?|starts?|ends?|follows?|declares?|takes?|needs?|specifies|consists?|gets?|falls?|compares?|yields?)\b"
)
_ACTIONS: Final = frozenset(
    "specifies creates evaluates compares computes performs defines binds selects invokes executes terminates inverts causes"
    " tests sets removes adds replaces imports loads calls converts suspends resumes passes inserts applies allows enables"
    " prevents makes triggers forces signals coerces provides introduces declares marks delegates deletes iterates"
    " constructs builds maps associates handles rounds formats affects tells controls determines matches".split()
)
_STATES: Final = {
    "returns": "return", "yields": "yield", "means": "mean", "contains": "contain", "represents": "represent",
    "denotes": "denote", "indicates": "indicate", "describes": "describe", "supports": "support", "gives": "give",
    "holds": "hold", "raises": "raise", "requires": "require", "stores": "store", "produces": "produce",
}  # fmt: skip
_PLURAL_ACTIONS: Final = frozenset({_base for _word in _ACTIONS for _base in (re.sub(r"(?<=[^aeiou])ies$", "y", _word),)})


def read(flat: str, topic: Topic) -> Reading | None:
    """The kind of anchor and the slots of the question that the sentence `flat` answers; None if no rule is sure."""
    sentence = _Masked(flat)
    for rule in RULES:
        reading = rule(sentence, topic)
        if reading:
            return reading
    return None


class _Masked:
    """A sentence beside its masked form, character for character."""

    def __init__(self, flat: str) -> None:
        self.flat = flat
        self.masked = mask(flat)

    def match(self, pattern: str) -> "_Match | None":
        found = re.match(pattern, self.masked)
        return _Match(self.flat, found) if found else None


class _Match:
    """A match on the masked form that gives the real words."""

    def __init__(self, flat: str, found: re.Match[str]) -> None:
        self.flat, self.found = flat, found

    def __getitem__(self, group: str) -> str:
        return self.flat[self.found.start(group) : self.found.end(group)] if self.found[group] is not None else ""

    def rest(self) -> str:
        return self.flat[self.found.end() :]


def _named(subject: str) -> str | None:
    """`subject` as the subject of a question; None if it points back or is too long. Bracketed asides are left out."""
    plain = re.sub(r"\s*\([^)]*\)$", "", subject) if not re.search(r'"[^"]*\([^)]*\)$', subject) else subject
    if _POINTS_BACK.search(mask(plain)) or len(plain.split()) > 9:
        return None
    return lower(spoken(plain))


def _is_plural(subject: str) -> bool:
    head = re.split(r" (?:of|in|for|to|with|from) ", mask(subject))[0]
    return not re.match(r"(?:an?|the [\w-]+ [^s]+$) ", head, re.IGNORECASE) and bool(re.search(r'[^s"]s$|" and "', head))


def _definition(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(
        r"(?P<s>.+?),? (?:is|are) (?:also |sometimes |often |usually )?(?:called|said to be|known as|referred to as|termed)"
        r"(?: an?| the)? (?:“|\*)(?P<t>[^*”]+)(?:”|\*)"
    )
    if found and not re.search(r"\b(?:such|it|this|these|they)\b", found["s"], re.IGNORECASE):
        return "definition", {"term": spoken(found["t"])}
    return None


def _thing(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}|[A-Z][a-z]+(?: [a-z]+){{0,2}}) (?P<b>is|are) (?P<n>an?|the|one|any|created by|simply|functions|pieces)\b"
    )
    if not found or found["n"] == "the" and re.match(r" (?:same|only|most|number|first|last)", found.rest()):
        return None
    subject = _named(found["s"])
    if not subject or re.match(r" (?:attribute|string|list) that|subclass|static|convenient|special", found.rest()):
        return None
    return "thing", {"be_subject": f"{found['b']} {subject}"}


def _purpose(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are|can be|may be) (?:commonly |typically |normally |often |usually |only |mainly |also )?"
        r"(?:used|useful|intended|meant|a convenient way|a convenience) (?:mainly )?(?:to|for|in)\b"
    )
    subject = _named(found["s"]) if found else None
    if not found or not subject:
        return None
    be, _, passive = found["b"].partition(" ")
    return "purpose", {"be_subject": f"{be} {subject}{' be' if passive else ''}"}


def _does(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(rf"(?P<s>{SUBJECT}) (?:always |simply |normally |usually )?(?P<v>[a-z]+)(?= )")
    subject = _named(found["s"]) if found else None
    if not found or not subject:
        return None
    verb = found["v"]
    if verb in _STATES or verb in _ACTIONS:
        return "does", {"do_subject": f"does {subject}", "verb": _STATES.get(verb, "do")}
    if _is_plural(found["s"]) and verb in {*_STATES.values(), *_PLURAL_BASES}:
        return "does", {"do_subject": f"do {subject}", "verb": verb if verb in _STATES.values() else "do"}
    return None


_PLURAL_BASES: Final = frozenset("specify create evaluate compare compute perform define bind select execute map allow provide".split())


def _condition(s: _Masked, topic: Topic) -> Reading | None:
    found = s.match(r"(?P<w>If|When|Whenever) (?P<c>[^,;:]{10,130}), (?:then )?(?P<m>[^:]{15,})")
    if not found:
        return None
    clause = found["c"]
    first = clause.split(" ")[0]
    bare = mask(clause)
    if _POINTS_BACK.search(bare) or not _FINITE.search(bare) or re.match(r"\w+(?:ing|ed|en)$|in|on|at|not$|used", first):
        return None
    if re.match(r"(?:e\.g|for example|however)", found["m"]) or " or if " in bare:
        return None
    where = topic.where if _DEFINITE.search(bare) or re.search(r"(?<!\*)\*[a-z_]+\*", clause) else ""
    if _DEFINITE.search(bare) and not where:
        return None
    word = "if" if found["w"] == "If" else "when"
    kind = "condition_where" if where and not _same(where, clause) else "condition"
    return kind, {"condition": f"{word} {spoken(clause)}", "where": where}


def _same(where: str, clause: str) -> bool:
    """Whether the clause names its circumstance itself."""
    return set(re.findall(r"`[^`]+`", where)) <= set(re.findall(r"`[^`]+`", spoken(clause))) and "`" in where


def _reason(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are|was|were|can|cannot|must|should|may)(?P<not> not)? (?P<r>[^,;:]{{3,90}}),? because "
    )
    subject = _named(found["s"]) if found else None
    if not found or not subject or _POINTS_BACK.search(mask(found["r"])):
        return None
    aux = "can" if found["b"] == "cannot" else found["b"]
    no = " not" if found["not"] or found["b"] == "cannot" else ""
    return "reason", {"why": f"{aux} {subject}{no} {spoken(found['r'])}"}


def _way(s: _Masked, topic: Topic) -> Reading | None:
    found = s.match(r"To (?P<g>(?!summarize|illustrate|be |do |avoid this)[a-z]+ [^,;:]{6,100}), (?P<m>.+)")
    if not found or _POINTS_BACK.search(mask(found["g"])):
        return None
    if _DEFINITE.search(mask(found["g"])) and not topic.where:
        return None
    return "way", {"goal": spoken(found["g"])}


def _permission(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(rf"(?P<s>{SUBJECT}) (?P<b>can|cannot|may not|must not|must|should|may)(?P<not> not)? (?P<r>(?:also )?(?:be )?[a-z]+\b[^,;:]{{3,80}}[^,;:.])(?=[.,;:])")
    subject = _named(found["s"]) if found else None
    if not found or not subject or _POINTS_BACK.search(mask(found["r"])) or re.search(r"\b(?:only|otherwise|but|thus|therefore)\b", found["r"]):
        return None
    rest = spoken(found["r"])
    match found["b"]:
        case "must" if not found["not"]:
            return "obligation", {"do_subject": f"{'do' if _is_plural(found['s']) else 'does'} {subject}", "act": rest}
        case "should":
            return "permission", {"may": f"should {subject} {rest}"}
    return "permission", {"may": f"can {subject} {rest}"}


def _circumstance(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(
        rf"(?P<s>{SUBJECT}) (?P<b>is|are) (?:always |normally |automatically )?(?P<v>[a-z]+(?:ed|en|un|ound|ought|ilt|ept)) "
        r"(?P<p>when|once|whenever|only when|only if|by|using|via|through|from|in terms of|according to)\b"
    )
    subject = _named(found["s"]) if found else None
    if not found or not subject or found["v"] in ("called", "used", "based"):
        return None
    word = "when" if "when" in found["p"] or found["p"] in ("once", "only if") else "how"
    return f"passive_{word}", {"be_done": f"{found['b']} {subject} {found['v']}"}


def _difference(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(r"\(?The difference between (?P<x>.+?) and (?P<y>[^,;:]+?) is\b")
    if found:
        return "difference", {"pair": f"{spoken(found['x'])} and {spoken(found['y'])}"}
    return None


def _kinds(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(r"There (?:are|is) (?:currently )?(?:\w+ )(?P<n>(?:[\w-]+ )*(?:types|kinds|forms|ways|sorts)(?: (?:of|to) [^:,;.]+)?)[:,;.]")
    if found and not _POINTS_BACK.search(mask(found["n"])):
        return "kinds", {"kinds": spoken(found["n"])}
    return None


def _equivalent(s: _Masked, _topic: Topic) -> Reading | None:
    found = s.match(rf"(?:The (?:simple form|extended form|expression|call|statement|syntax|notation),? )?(?P<s>{_CODE}),? is (?:\w+ )?(?:equivalent|the same|shorthand|a shortcut)\b")
    return ("equivalent", {"code": spoken(found["s"])}) if found and len(found["s"]) < 60 else None


RULES: Final[tuple[Callable[[_Masked, Topic], Reading | None], ...]] = (
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
    _permission,
)
"""In order of precedence: the first rule that is sure speaks for the sentence."""


def readings(flat: str, topic: Topic) -> Iterator[Reading]:
    """Every rule's reading of the sentence, for trying rules out."""
    sentence = _Masked(flat)
    yield from filter(None, (rule(sentence, topic) for rule in RULES))
