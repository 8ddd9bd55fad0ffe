"""From a heading to the question that the text beneath it answers."""

import re
from typing import Final

from tasks.generation.from_documents.english import WORDS, has_object, infinitive, mine
from tasks.text.words import STOPWORDS

_NUMBERING: Final = re.compile(
    r"^(?:\(?\d+(?:\.\d+)*[.)]|[A-Za-z][.)]|(?:Q|FAQ|Question)\s*\d*\s*[:.)-]|[^\w`\"“*$@-]+)\s*(?=\S)"
)
_ASKS: Final = re.compile(
    r"(?:(?:What|Which|Who|Whose|Where|When|Why|How)(?:['’]s)?|Can|Could|Do|Does|Did|Is|Are|Was|Were|Will|Would"
    r"|Should|Must|May"
    r"|Has|Have|Am|(?:Ca|Do|Does|Did|Is|Are|Was|Were|Wo|Would|Should|Has|Have)n['’]?t|(?:In|On|For|At|To|From|By"
    r"|Under)"
    r" (?:what|which|where|when|how)|If)\b"
)
_YES_NO: Final = re.compile(r"(?:Can|Could|Do|Does|Did|Is|Are|Was|Were|Will|Would|Should|Must|May|Has|Have)\b")
_ASKED_BY_READERS: Final = re.compile(r"(?:Can|Do|Will|Should|May|Must|Am) I\b|(?:Is|Are) there\b")
_NOT_ASKED: Final = re.compile(
    r"\b(?:next|now|help|helpful|questions?|feedback|else|ready|interested|curious|stuck|issues?|trouble|hurry"
    r"|short|new)\?$"
    r"|^(?:why|what|how|who|when|where)\??$|^(?:so|still|want|need|looking|got|any|having) "
    r"|^what(?:['’]s| is) (?:this|that|it|here|inside|covered)\b|^what(?:['’]s| is| are) the [\w-]+\?$"
    r"|^wh(?:o|at) (?:is|are) (?:this|these|it) .*\bfor\?$|^how (?:does|do|to|do i use) (?:it|this|that|they)\b"
    r"|\b(?:this|the) (?:guide|page|article|document|section|tutorial|chapter|post|course|handbook|faq|example"
    r"|repo)\b"
    r"|\b(?:we|us|our|ours)\b|\b(?:are|were|did|have|would|will|can|could|should|is|was) your?\b"
    r"|^(?:which|what) (?:\w+ ){1,4}to \w+ (?!.*\b(?:is|are|do|does|should|can)\b)|^(?:\w+(?:['’]\w+)? ){1,3}its?\b"
    r"|\b(?:it|after|before|then|now|so|yet|too|there|here|this|that|one)\??$",
    re.IGNORECASE,
)
"""Small talk, and questions to the reader or about something said before."""
_LEANS: Final = re.compile(
    r"\b(?:this|that|these|those|they|them|their|here|above|below|following|such|same|other|another)\b", re.IGNORECASE
)
_NEEDS_SUBJECT: Final = re.compile(
    r"(?:What(?:['’]s| is| are)? (?:the )?(?:different|new|changed|included|covered|special|components?|steps?"
    r"|requirements?)"
    r"|How (?:do|does|are|is) the [\w-]+ \w+)\b|.*\bthe [\w-]+\?$"
)
_NAME: Final = re.compile(r"`|(?<=\s)[\"“(]?(?:[A-Z][a-z]+(?!['’]\w)(?<!I)|\w*[a-z][A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)")
_AUXILIARY: Final = re.compile(
    r"^(?P<subject>(?:(?!(?:is|are|was|were|can|will|should|must|has|have|may|and|that|which|when|if)\b)\S+ ){1,6}?)"
    r"(?P<aux>is|are|was|were|can|will|should|must|may) (?P<rest>\S.*)$"
)
_VERB: Final = re.compile(
    r"^(?P<subject>(?:\S+ ){1,6}?)(?P<verb>(?:work|matter|mean|differ|happen|handle|behave|use|calculate|determine"
    r"|affect|compare"
    r"|relate|help|count|interact|store|protect|charge|look)s?|appl(?:ies|y)|processes|var(?:ies|y))\b(?P<rest>.*)$"
)
_NO_TASK: Final = re.compile(
    r"(?:step|phase|part|option|method|exercise|lesson|example|case|scenario|chapter|tip)\s*#?(?:\d|[a-z]\b)"
    r"|^(?:get|getting) (?:started|help|in touch|going|to know)\b|^(?:learn|read|see|use cases?|set of|test cases?"
    r"|contact)\b"
    r"|[?:;!&/|]| vs\.? |\b(?:it|them|we|us|our)\b",
    re.IGNORECASE,
)
_FUNCTION_WORDS: Final = frozenset(word.capitalize() for word in STOPWORDS if word.isalpha()) - {"I"}
_LONGEST: Final = 22
"""Words of a question."""


def cleaned(heading: str) -> str:
    """A heading without its number, emphasis and stray marks."""
    emphasis = (
        r"\*\*|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)|\s*\((?:optional|recommended|advanced|beta|new|deprecated|required)\)$"
    )
    text = re.sub(emphasis, "", heading).strip()
    while (shorter := _NUMBERING.sub("", text, count=1)) != text:
        text = shorter
    return re.sub(r"\s+", " ", text).rstrip(" :.…#")


def sentence_case(heading: str, text: str) -> str:
    """`heading` as running text: words of a heading in title case become small, unless `text` writes them large."""
    words = [word.lower() if at and word in _FUNCTION_WORDS else word for at, word in enumerate(heading.split(" "))]
    inner = [word for word in words[1:] if re.match(r"[A-Za-z]{4,}", word)]
    titled = len(inner) > 1 and sum(word[0].isupper() for word in inner) >= 0.6 * len(inner)
    return " ".join([words[0], *(_small(word, text, titled) for word in words[1:])])


def _small(word: str, text: str, titled: bool) -> str:
    """`word` with a small first letter where `text` has it small, or nowhere and its heading is in title case (`titled`)."""
    if not re.fullmatch(r"[A-Z][a-z'’-]*\W*", word) or word == "I":
        return word
    plain = re.sub(r"\W+$", "", word)
    large = re.search(rf"(?<=[a-z,] ){re.escape(plain)}\b", text)
    small = re.search(rf"\b{re.escape(plain.lower())}\b", text)
    return word[0].lower() + word[1:] if (titled and not large) or (small and (titled or not large)) else word


def question_of(heading: str) -> str:
    """The question that `heading` (cleaned) asks, by itself or as "How to …", "How X works"; empty if it asks none, or one
    that nobody asks who does not read the document."""
    question = heading if heading.endswith("?") else _indirect(re.sub(r"(?<!\s)\s*+\([^()]*\)$", "", heading))
    whole = _ASKS.match(question) and 3 <= len(question.split()) <= _LONGEST
    return question if whole and not re.search(r"[?!]|[.:] ", question[:-1]) and not _NOT_ASKED.search(question) else ""


def _indirect(text: str) -> str:
    """The question of a heading that is none by its form."""
    if re.search(r"[?:;]| [-–—] ", text):
        return ""
    if how := re.match(r"How (?:to|can you|do you|you can) (?P<act>[a-z`].*)$", text):
        return f"How do I {mine(how['act'])}?" if has_object(how["act"]) else ""
    if when := re.match(r"(?P<w>When|Where) to (?P<act>[a-z].*)$", text):
        return f"{when['w']} {'should' if when['w'] == 'When' else 'can'} I {mine(when['act'])}?"
    plain = (
        r"(?:What|Who) (?:\w+ly |also )?(?:is|are|happens|does|do|can|counts|qualifies|causes|affects|determines) \S"
    )
    if re.match(plain, text):
        return "" if _LEANS.search(text) else f"{text}?"
    embedded = re.match(r"(?P<w>How|Why|When|Where) (?P<clause>[^,:;]+)$", text)
    return _turned(embedded["w"], embedded["clause"]) if embedded else ""


def _turned(word: str, clause: str) -> str:
    """ "interest is calculated" as a question."""
    if _LEANS.search(clause) or re.search(r"\b(?:it|your?|not|do|does|did|don['’]t|doesn['’]t)\b", clause):
        return ""
    if aux := _AUXILIARY.match(clause):
        return f"{word} {aux['aux']} {aux['subject'].strip()} {aux['rest'].strip()}?"
    if verb := _VERB.match(clause):
        known = {"applies": "apply", "processes": "process", "varies": "vary"}
        base = known.get(verb["verb"], re.sub(r"(?<!s)s$", "", verb["verb"]))
        return f"{word} {'do' if base == verb['verb'] else 'does'} {verb['subject'].strip()} {base}{verb['rest']}?"
    return ""


def task_of(heading: str) -> str:
    """ "How do I …?" for a heading (cleaned) that names a task: "Create a key", "Creating a key"; empty for any other."""
    first, _, rest = heading.partition(" ")
    if _NO_TASK.search(heading) or _LEANS.search(rest) or not 3 <= len(heading.split()) <= 12 or not first[0].isupper():
        return ""
    base = infinitive(first) if first.endswith("ing") else first.lower()
    if base not in WORDS["acts"] or re.fullmatch(r"(?:the|my|your|a|an) [\w-]+|[a-z]+", rest):
        return ""
    act = re.sub(r"\band ([a-z]+ing)\b", lambda more: f"and {infinitive(more[1]) or more[1]}", f"{base} {rest}")
    return f"How do I {mine(act)}?" if has_object(act) else ""


def needs_yes_or_no(question: str) -> bool:
    """Whether only yes or no answers `question`: "Does the name match?" may be a step of a diagnosis, "Can I …?" is asked."""
    return bool(_YES_NO.match(question)) and not _ASKED_BY_READERS.match(question)


def says_little(question: str) -> bool:
    """Whether `question` means nothing without what it is about, whatever it names: "What is different from Gold?"."""
    return bool(_NEEDS_SUBJECT.match(question))


def names_something(question: str) -> bool:
    """Whether `question` holds a name or code, so that a reader knows what it is about."""
    return bool(_NAME.search(question))


def begins_step(word: str) -> bool:
    """Whether `word`, in small letters, begins a step."""
    return word in WORDS["acts"] or word in WORDS["step_openings"]


def split_subject(heading: str) -> tuple[str, str]:
    """ "Gold Account: How is interest paid?" as its subject and its question; no subject if there is none."""
    before, mark, after = heading.partition(": ")
    return (before, after) if mark and after.endswith("?") and _ASKS.match(after) else ("", heading)


def is_question(text: str) -> bool:
    """Whether `text` begins as questions do."""
    return bool(_ASKS.match(text))
