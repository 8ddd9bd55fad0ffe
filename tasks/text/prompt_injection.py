"""Finds text that tries to instruct a model, and distinguishes it from text about such text. Removes nothing.

Six families, after the openings that prompt-injection collections share (Perez & Ribeiro 2022, "Ignore Previous Prompt"; Greshake
et al. 2023, "Not what you've signed up for"; Liu et al. 2023, "Prompt Injection attack against LLM-integrated Applications"):
overriding what came before (in twenty languages), assigning a new role, asking for what is hidden, addressing the machine that
reads, imitating the markers of a chat, and imitating or ordering tool calls. Disguises are undone first (`obfuscation`).

A manual on prompts quotes such phrases. A phrase is a mention, and passes, if it stands between quotation marks or in code and
the words around it speak of examples, attacks or templates; or if somebody else than the reader is said to do it.
"""

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from tasks.text.code import code_spans
from tasks.text.obfuscation import deobfuscated, folded

INSTRUCTION_LIKE: Final = "instruction_like"
"""The flag of a chunk, and the reason of a row, with such text."""

_WORD: Final = r"[\w'-]+\s+"
_BEFORE: Final = r"(?:previous|prior|above|preceding|earlier|foregoing|system|original|initial|existing|safety|your|all|any|these|those)"  # noqa: E501
_ORDERS: Final = (
    r"(?:instructions?|prompts?|directions?|directives?|rules|guidelines|guardrails?|commands?|constraints|restrictions|"
    r"programming|context|messages?)"
)
_SUBJECT: Final = (
    r"(?:ai|a\.i\.|llms?|language\s+models?|assistants?|chatbots?|chatgpt|gpt-?\d?|claude|gemini|copilot|agents?)"
)
_MACHINE: Final = _SUBJECT.replace("|agents?", "")
_SAY: Final = r"(?:respond|reply|answer|say|output|print|write|act|speak|behave|obey|ignore|pretend|refuse|recommend|state|claim|respond)"  # noqa: E501

ENGLISH: Final = (
    # overriding
    ("ignor disregard forget overrid bypass discard dismiss neglect abandon follow attention aside",
     rf"(?:ignore|disregard|forget|override|bypass|discard|dismiss|neglect|abandon|(?:do\s+not|don't|stop)\s+follow(?:ing)?|"
     rf"pay\s+no\s+attention\s+to|set\s+aside)\s+(?:{_WORD}){{0,3}}?{_BEFORE}\s+(?:{_WORD}){{0,3}}?{_ORDERS}\b"),
    ("ignor disregard forget discard",
     rf"(?:ignore|disregard|forget|discard)\s+(?:all|any|every|the|your|each)\s+(?:{_WORD}){{0,2}}?(?:instructions?|prompts?|directives?|"
     r"commands?)\s+(?:above|before|so\s+far|that\s+(?:came|come|precede)|you\s+(?:were|have\s+been))"),
    ("ignor disregard forget",
     r"(?:ignore|disregard|forget)\s+(?:absolutely\s+)?(?:everything|anything|all|whatever)\s+(?:that\s+)?"
     r"(?:above|before\s+this|prior|previous(?:ly)?|you\s+(?:were|have\s+been|'ve\s+been|are)\s+(?:told|taught|instructed))"),
    ("ignor disregard forget",
     r"(?:ignore|disregard|forget)\s+(?:the\s+)?(?:above|preceding|foregoing)\s*(?:[,.:;!]|\band\b|text)"),
    ("ignore",
     r"ignore\s*(?:all|any|the|your)?\s*(?:the|your|my|of)?\s*(?:previous|prior|above)\s*(?:instructions?|prompts?|directions?)"),
    ("void cancel overrid overwrit supersed replaced apply valid revoked suspended",
     r"(?:your|the)\s+(?:previous|prior|earlier|original)\s+(?:instructions?|prompts?|rules)\s+(?:are|were|have\s+been|no\s+longer)"
     r"\s+(?:now\s+)?(?:void|cancel\w+|overrid\w+|overwrit\w+|supersed\w+|replaced|apply|valid|revoked|suspended)"),
    # a new role
    ("now",
     r"you\s+are\s+now\s+(?:(?:an?|the|called|named|acting\s+as|in)\s+)?(?:[\w-]+\s+){0,3}?"
     r"(?:dan|jailbroken|unrestricted|unfiltered|uncensored|(?:developer|debug|god|admin|dan)\s+mode|assistant|ai|chatbot|bot|"
     r"language\s+model|hacker|persona)\b"),
    ("now",
     rf"from\s+now\s+on,?\s+(?:you\s+(?:are\s+(?:an?|the)|will|must|should|shall|are\s+to)\s+(?:\w+\s+)?{_SAY}|{_SAY}\s)"),
    ("pretend act",
     r"(?:pretend|act)\s+(?:to\s+be|as(?:\s+if\s+you\s+(?:are|were))?|like)\s+(?:an?\s+)?"
     r"(?:ai\b|unrestricted|unfiltered|jailbroken|dan\b|evil\s)"),
    ("pretend though if",
     r"(?:pretend|act\s+as\s+(?:if|though))\s+(?:that\s+)?you\s+(?:have|had)\s+no\s+(?:\w+\s+)?(?:rules|restrictions|guidelines|filters)"),
    ("mode anything",
     r"(?:developer|god|dan|jailbreak)\s+mode\s*(?::|is\s+(?:now\s+)?)?\s*(?:enabled|activated)|do\s+anything\s+now\b"),
    # what is hidden
    ("system hidden secret initial original internal",
     r"(?:reveal|print|show|repeat|output|leak|display|disclose|dump|recite|tell\s+me|give\s+me|send)\s+(?:[\w']+\s+){0,4}?"
     r"(?:system\s+(?:prompt|message|instructions?)|(?:hidden|secret|initial|original|internal)\s+(?:prompts?|instructions?))\b"),
    ("above",
     r"(?:repeat|print|output|recite)\s+(?:everything|all|the\s+(?:words|text))\s+(?:\w+\s+)?above\b"),
    ("reveal leak disclose exfiltrate tell give",
     r"(?:reveal|leak|disclose|exfiltrate|tell\s+me|give\s+me)\s+(?:[\w']+\s+){0,3}?"
     r"(?:your|the\s+user'?s)\s+(?:[\w']+\s+)?(?:api\s+keys?|passwords?|credentials|secrets?|instructions)\b"),
    ("conversation history system user",
     r"(?:send|post|forward|upload|exfiltrate|e?mail|transmit)\s+(?:[\w']+\s+){0,4}?(?:conversation|chat\s+history|system\s+prompt|"
     r"user'?s?\s+(?:data|messages?|credentials|files))\s+(?:[\w']+\s+){0,3}?to\b"),
    # addressing the machine that reads
    ("attention note notice message important instruction dear hey hello",
     rf"(?:attention|note|notice|message|important|instructions?|dear|hey|hello)[,:]?\s+(?:(?:to|for)\s+)?(?:all\s+|any\s+|the\s+)*"
     rf"{_SUBJECT}\b[^.\n]{{0,80}}?[,:]\s*(?:please|you|do|don't|ignore|output|say|respond|write|include|recommend|rate|always|never)\b"),
    ("if",
     rf"if\s+you\s+(?:are|'re)\s+(?:an?\s+)?(?:\w+\s+)?{_MACHINE}\b[^.\n]{{0,60}}?,\s*(?:then\s+)?(?:you\s+(?:must|should)|please|"
     rf"ignore|always|never|{_SAY})"),
    ("reading processing summari parsing evaluating reviewing",
     rf"{_SUBJECT}\s+(?:reading|processing|summari[sz]ing|parsing|evaluating|reviewing)\s+this\b[^.\n]{{0,60}}?"
     r"\b(?:must|should|shall|has\s+to|have\s+to|will)\b"),
    ("model assistant",
     r"as\s+an?\s+(?:ai|large)\s+(?:language\s+)?(?:model|assistant),?\s+you\s+(?:must|should|will|shall|are\s+(?:required|obliged))"),
    ("regardless matter",
     r"(?:regardless\s+of|no\s+matter)\s+(?:what\s+)?(?:the\s+)?(?:question|user|you\s+are\s+asked|instructions?)[^.\n]{0,40}?,\s*"
     rf"(?:you\s+(?:must|should|will)\s+)?(?:always\s+|only\s+)?{_SAY}\b"),
    ("instruction prompt directive",
     r"(?<![^\n.!\s])(?:(?:here\s+are\s+)?your\s+)?(?:new|updated|real|actual)\s+(?:system\s+)?(?:instructions?|prompt|directives?)"
     r"\s*(?:are|is)?\s*:"),
    ("system end",
     r"(?:new|updated)\s+system\s+prompt\s*:|system\s+override\b|end\s+of\s+(?:system\s+)?(?:prompt|instructions|document)[\W_]{0,8}"
     r"(?:new|begin|now|start|ignore)"),
)  # fmt: skip
ELSEWHERE: Final = (
    r"(?:ignora|olvida|descarta|omite)\w*\s+(?:\w+\s+){0,3}?(?:instrucciones|indicaciones|ordenes|reglas)\s+(?:\w+\s+)?"
    r"(?:anteriores|previas|de\s+arriba)",  # Spanish
    r"(?:ignore|ignorez|oublie|oubliez|neglige[zr]?)\s+(?:\w+\s+){0,3}?(?:instructions|consignes|directives|regles)\s+"
    r"(?:precedentes|anterieures|ci-dessus)",  # French
    r"(?:ignorier|vergiss|vergesse|missachte|beachte\s+nicht)\w*\s+(?:\w+\s+){0,3}?(?:vorherig|vorig|bisherig|obig|fruher|vorangegangen)\w*"
    r"\s+(?:\w+\s+)?(?:anweisung|instruktion|befehl|regel|vorgabe)\w*",  # German
    r"(?:ignora|dimentica|trascura)\w*\s+(?:\w+\s+){0,3}?(?:istruzioni|indicazioni|regole)\s+(?:precedenti|sopra|fornite)",  # Italian  # noqa: E501
    r"(?:ignor|esquec|desconsider)\w+\s+(?:\w+\s+){0,3}?(?:instrucoes|ordens|regras|orientacoes)\s+(?:anteriores|previas|acima)",  # Portuguese  # noqa: E501
    r"(?:negeer|vergeet)\s+(?:\w+\s+){0,3}?(?:vorige|eerdere|voorgaande|bovenstaande)\s+(?:instructies|opdrachten|regels)",  # Dutch
    r"(?:игнорируй|забудь|проигнорируй|не\s+обращай\s+внимания\s+на)\w*\s+(?:\w+\s+){0,3}?(?:предыдущ|прежн|прошл|вышеуказанн)\w+\s+"
    r"(?:инструкц|указан|правил|команд)\w+",  # Russian
    r"(?:ігноруй|забудь)\w*\s+(?:\w+\s+){0,3}?(?:попередн)\w+\s+(?:інструкц|вказівк|правил)\w+",  # Ukrainian
    r"(?:zignoruj|ignoruj|zapomnij)\w*\s+(?:\w+\s+){0,3}?(?:poprzedni|wczesniejsz|powyzsz)\w+\s+(?:instrukcj|polecen|zasad)\w+",  # Polish  # noqa: E501
    r"(?:ignoruj|zapomen)\w*\s+(?:\w+\s+){0,3}?(?:predchoz|drivejs|vyse\s+uveden)\w+\s+(?:instrukc|pokyn|pravid)\w+",  # Czech
    r"(?:ignorera|glom|bortse\s+fran)\s+(?:\w+\s+){0,3}?(?:tidigare|foregaende|ovanstaende)\s+(?:instruktion|anvisning|regl)\w*",  # Swedish  # noqa: E501
    r"(?:onceki|yukaridaki)\s+(?:\w+\s+){0,2}?(?:talimat|yonerge|komut|kural)\w*\s+(?:\w+\s+)?(?:yok\s+say|unut|goz\s+ardi|dikkate\s+alma)\w*",  # Turkish  # noqa: E501
    r"(?:abaikan|lupakan)\s+(?:\w+\s+){0,2}?(?:instruksi|perintah|petunjuk|aturan)\s+(?:sebelumnya|di\s+atas)",  # Indonesian
    r"(?:bo\s+qua|quen)\s+(?:\w+\s+){0,4}?(?:huong\s+dan|chi\s+thi|lenh|chi\s+dan)\s+(?:\w+\s+)?(?:truoc|tren)",  # Vietnamese
    r"(?:忽略|无视|無視|忘记|忘記|忽视|不要理会|请忽略)[^。\n]{0,8}?(?:之前|以前|先前|上述|以上|前面|此前|上面)[^。\n]{0,8}?(?:指令|指示|提示|说明|說明|规则|規則|内容)",  # Chinese  # noqa: E501
    r"(?:以前|これまで|前|上記|上)の?[^。\n]{0,8}?(?:指示|命令|プロンプト|ルール|指令)[^。\n]{0,8}?(?:無視|忘れ|破棄)",  # Japanese
    r"(?:이전|앞의|위의|기존)[^.\n]{0,8}?(?:지시|명령|프롬프트|규칙|지침)[^.\n]{0,8}?(?:무시|잊)",  # Korean
    r"(?:تجاهل|انس|انسى)\s+(?:\w+\s+){0,3}?(?:التعليمات|الاوامر|الأوامر|التوجيهات|القواعد)\s+(?:السابقة|أعلاه|اعلاه)",  # Arabic
    r"(?:पिछले|पहले|ऊपर)[^।\n]{0,16}?(?:निर्देश|आदेश|नियम)[^।\n]{0,16}?(?:अनदेखा|नज़रअंदाज|भूल|उपेक्षा)",  # Hindi
    r"(?:התעלם|תתעלם|שכח)\s+(?:\w+\s+){0,3}?(?:מההוראות|ההוראות|מהנחיות)\s+(?:הקודמות|לעיל)",  # Hebrew
)  # fmt: skip
MARKERS: Final = (
    ("<| inst] sys>> _of_turn> system_prompt]",
     r"<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id|begin_of_text|endofprompt|"
     r"channel|message|end)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|\[/?SYSTEM_PROMPT\]"),
    ("###",
     r"(?:^|[\n.!?])[ \t]*###[ \t]*(?:instruction|response|system(?:\s+prompt)?|human|assistant)[ \t]*:"),
    ("system developer assistant",
     r"(?:^|\n)[ \t]*[\[<(*#]{0,3}(?:system|developer|assistant)(?:\s+(?:message|prompt|note))?[\])>*]{0,3}[ \t]*:[ \t]*[\"']?"
     r"(?:you\s+(?:are|must|will|should|have)|ignore|disregard|forget|override|from\s+now|always|never|do\s+not|sure[,!]|new\s)"),
    ("human:",
     r"(?:^|\n)[ \t]*human:[^\n]*\n+[ \t]*assistant:"),
    ("system> system_ untrusted_ user_query>",
     r"</?(?:system|system_prompt|system_message|system_instructions?|untrusted_content|user_query)>"),
    ("role",
     r"\{\s*\"role\"\s*:\s*\"(?:system|developer)\""),
    # tool calls
    ("tool_ function invoke [tool",
     r"</?(?:tool_calls?|function_calls?|tool_use|tool_response)>|<(?:invoke|function)\s*(?:=|name=)|\[TOOL_CALLS\]|<\|tool_calls?"),
    ("tool plugin",
     r"```\s*tool_(?:code|call)|\b(?:call|invoke|use|run)\s+(?:the\s+[\w-]+|your)\s+(?:[\w-]+\s+)?(?:tool|plugin)\s+(?:to|and)\s+"
     r"(?:send|delete|transfer|e?mail|exfiltrate|upload|wire)\b"),
)  # fmt: skip

_Sought = tuple[tuple[str, ...], re.Pattern[str], bool]
"""Words of which one must be in a text for the pattern to be tried, the pattern, and whether it matches a chat marker."""


def _sought(stems: str, pattern: str, marker: bool) -> _Sought:
    return tuple(stems.split()), re.compile(pattern if marker else rf"\b(?:{pattern})", re.IGNORECASE), marker


_PATTERNS: Final = (
    *(_sought(stems, pattern, False) for stems, pattern in ENGLISH),
    *(_sought(stems, pattern, True) for stems, pattern in MARKERS),
)
_ANYWHERE: Final = re.compile(
    "|".join(folded(one).replace(r"\w*", r"\w{0,40}").replace(r"\w+", r"\w{1,40}") for one in ELSEWHERE), re.IGNORECASE
)
"""Words end after 40 letters: "ignorignorignor…" would be read to its end from each of its parts."""
_FOREIGN: Final = re.compile(
    r"[^\W\d_a-z]|ignor|olvid|descart|omit|oubl|neglig|vergiss|vergess|missacht|beachte|dimentic|trascur|esquec|desconsid|negeer|vergeet|"
    r"zapom|glom|bortse|talimat|yonerge|komut|abaikan|lupakan|bo\s+qua|quen\s"
)
_SAID_OF_OTHERS: Final = re.compile(
    r"\b(?:will|would|can|could|may|might|does|did|do|to|not|never|cannot|can't|n't|they|we|it|that|which|who|and|or|often|simply|"
    r"attacker|user|model|server|compiler|parser|tool|(?!always|unless|perhaps|previous)[a-z]{3,}s)\s+(?:just\s+|then\s+|simply\s+)?$",
    re.IGNORECASE,
)
_SAID_TO_YOU: Final = re.compile(
    r"\b(?:you|please|must|assistant|now|your\s+task\s+is|want|need|remember|kindly)\b[^.!?\n]{0,24}$|[.!?:;\n]\s{0,9}(?:(?:and|or)\s{0,9})?$|"
    r"[,;]\s{0,9}(?:and|then)\s{1,9}$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"\b(?:attack\w*|inject\w+|jailbreak\w*|malicious|adversar\w+|hijack\w*|payloads?|phras\w+|such\s+as|for\s+(?:example|instance)|"
    r"e\.g|(?<![.@])examples?(?!\.\w)|called|named|known\s+as|say(?:s|ing)|strings?|tokens?|templates?|markers?|formats?|delimiters?|separators?|tags?|"
    r"detect\w*|filters?|flag(?:s|ged)?|block(?:s|ed)?|reject\w*|patterns?|vulnerab\w+|chatml|tokeni[sz]er\w*|field|key|api|"
    r"wraps?|syntax|parameter|guard(?:s|ed)?\s+against|sanitiz\w+|escap\w+)\b",
    re.IGNORECASE,
)  # fmt: skip
_TOKENS: Final = re.compile(
    r"\b(?:tokens?|templates?|markers?|formats?|delimiters?|separators?|tags?|chatml|syntax)\b", re.IGNORECASE
)
_QUOTES: Final = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "`": "`", "'": "'", "「": "」", "『": "』"}
_NEAR: Final = 160
"""Characters before a phrase, and half as many after it, in which the words that make it a mention are looked for."""
_QUOTED: Final = 240
"""Characters a quotation may have."""


def instruction_like(text: str) -> str:
    """The first phrase of `text` that tries to instruct a model; empty if there is none, or only mentions of such phrases."""
    for seen in deobfuscated(text):
        lower, code = seen.lower(), _Code(seen)
        for stems, pattern, marker in _PATTERNS:
            if any(stem in lower for stem in stems):
                for match in pattern.finditer(seen):
                    if not _is_mention(seen, match, marker, code):
                        return _phrase(match)
        if _FOREIGN.search(lower):
            for match in _ANYWHERE.finditer(seen):
                if not _is_mention(seen, match, False, code):
                    return _phrase(match)
    return ""


def _phrase(match: re.Match[str]) -> str:
    return " ".join(match[0].split())[:_QUOTED]


class _Code:
    """The code spans of a text, computed once, when first needed."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        spans = code_spans(self.text)
        return [start for start, _ in spans], [end for _, end in spans]

    def holds(self, start: int, end: int) -> bool:
        """Whether characters [start, end) stand in code."""
        starts, ends = self._starts
        at = bisect_right(starts, start) - 1
        return at >= 0 and end <= ends[at]


def _is_mention(text: str, match: re.Match[str], marker: bool, code: _Code) -> bool:
    start, end = match.span()
    before = text[max(0, start - _NEAR) : start]
    around = before + " " + text[end : end + _NEAR // 2]
    if _ABOUT.search(around) or (marker and _TOKENS.search(around)):
        if _in_quotes(text, start, end) or code.holds(start, end):
            return True
        if marker and _TOKENS.search(around):  # a mention; where a turn begins, its role and a line's end follow
            return not re.match(
                r"(?:system|user|assistant|tool)?\s*\n|\s*(?:you|ignore|do)\b", text[end : end + 40], re.IGNORECASE
            )
    if marker:
        return False
    sentence = re.split(r"[.!?\n]\s", before)[-1]
    return bool(_SAID_OF_OTHERS.search(sentence)) and not _SAID_TO_YOU.search(before)


def _in_quotes(text: str, start: int, end: int) -> bool:
    """Whether characters [start, end) stand between quotation marks that open and close within one paragraph."""
    before = text[max(0, start - _QUOTED) : start].split("\n\n")[-1]
    after = text[end : end + _QUOTED].split("\n\n")[0]
    for opening, closings in _QUOTES.items():
        at = before.rfind(opening)
        if at < 0 or not any(closing in after for closing in closings):
            continue
        if opening == "'" and at and before[at - 1].isalnum():  # an apostrophe
            continue
        if opening in closings:
            if before.count(opening) % 2:
                return True
        elif not any(closing in before[at + 1 :] for closing in closings):
            return True
    return False
