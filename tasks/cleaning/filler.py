"""Phrases around an answer that say nothing: "Certainly!", "Sure! Here is the poem:", "I hope this helps".

Only at the beginning and at the end, only whole sentences or openings that end in punctuation, and never in a response
that stands in its evidence: in a novel "Certainly!" is a line of dialogue. What announces the answer in a line of its own is
filler nearly everywhere; a phrase by itself only where knowledge was asked for, for elsewhere it may be the answer.
"""

import re
from typing import Final

OPENINGS: Final = (
    r"(?:certainly|absolutely|definitely|of course|sure(?: thing)?|no problem|gladly|great|you['’]re welcome)"
    r"(?:!|\.(?=\s|$)|,(?= (?:here|i)\b))",
    r"(?:that['’]s|what) an? (?:great|good|excellent|interesting|fantastic|wonderful) (?:question|request|topic)[!.]",
    r"(?:great|good|excellent|interesting) question[!.]",
    r"(?:i['’]d|i would|i['’]ll|i will|i['’]m|i am) be (?:happy|glad|delighted|pleased) to (?:help|assist)[^.!?\n:]{0,60}[.!]",
    r"(?:i['’]d|i would) be (?:happy|glad|delighted|pleased) to[.!]",
    r"(?:i['’]m|i am) (?:happy|glad|delighted|pleased|here) to (?:help|assist)[^.!?\n:]{0,60}[.!]",
    r"thank(?:s| you) for (?:your (?:question|inquiry|enquiry|query|request)|the question|asking)[^.!?:\n]{0,40}[.!]",
    r"as an? (?:ai|artificial intelligence)(?: (?:language )?model| assistant)?,(?! i\b)",
    r"as an? (?:large )?language model,(?! i\b)",
)
ANNOUNCEMENT: Final = (
    r"here(?:['’]s| is| are) (?:an?|the|your|some|one|my|two|three|four|five|ten|\d+)\b"
    r"[^.!?:\n]{0,120}:[ \t]*\n\s*(?=\S)"
)
"""A line that announces what follows; filler only behind an opening that is."""
CLOSINGS: Final = (
    r"i hope (?:this|that|these|it)(?: \w+){0,4} helps?(?: you)?[^.!?:\n]{0,40}[.!]",
    r"(?:please )?(?:let me know|feel free to (?:ask|reach out|let me know)) (?:if|should|in case) "
    r"(?:you|there|anything|i can)[^.!?:\n]{0,120}[.!]",
    r"(?:please )?feel free to (?:ask|reach out)[.!]",
    r"if you have any (?:other |further |more |additional )?(?:questions?|concerns?)[^.!?:\n]{0,120}[.!]",
    r"is there anything else[^.!?\n]{0,60}\?",
    r"(?:happy|glad) to help(?: further)?[.!]",
    r"do you have any (?:other |further |more )?questions\?",
)
LETTER: Final = (
    r"(?i)\b(?:e-?mails?|letters?|messages?|customers?|dialogues?|conversations?|chat\w*|scripts?|reply|respond\w*|thanks?|notes?|"
    r"invit\w*|waiter|butler|clerk|act as|role|pretend|play the|translat\w*|paraphras\w*|rephras\w*|reword|speech|scenes?)\b"
)
"""Where a message, a dialogue or a translation is asked for, such phrases are part of it."""
SPOKEN: Final = (
    LETTER
    + r"|(?i:\b(?:english|french|german|spanish|italian|formal\w*|polite\w*|say|says|said|spoken?|phrases?|sentences?|words?|"
    r"lines?|quot\w*|answer\w*|clos(?:e|ing)s?|greet\w*|rewrit\w*|correct\w*|grammar|proofread|finish|complete|continue|fill|"
    r"transcri\w*|subtitles?|support|characters?|you are|as an? \w+[,:]|would you)\b)|[\"“”«»]|(?:^|\s)['‘]\w"
)
"""Where the answer may be something that somebody says."""
ASKED: Final = (
    r"(?i)\A\s*(?:(?:hi|hello|hey|please|(?:can|could|would|will) you(?: please)?)[ ,!.]+)*(?:what|who|whom|whose|when|where|why|"
    r"how|which|explain|describe|list|name|define|calculate|compute|find|solve|tell me|show me|compare|identify|give me|suggest|"
    r"recommend)\b"
)
"""Questions and requests for knowledge, which no such phrase alone can answer; "Do you …?" it can."""
TAIL: Final = 300
"""Characters at the end of a text in which closings are looked for."""
OPENS: Final = (
    r"(?i)\A\s*(?:certainly|absolutely|definitely|of course|sure|no problem|gladly|you['’]|that['’]|what an?|great|good|"
    r"excellent|interesting|i['’ ][dmlw]|i am|thank|as an?\b)"
)
CLOSES: Final = r"(?i)helps?\b|let me know|feel free|any (?:[a-z]+ ){0,3}(?:questions?|concerns?)\b|anything else"
"""Words without which none of the phrases can stand there: what whole columns are searched for."""

_ANNOUNCED: Final = re.compile(rf"\A\s*(?:(?:{'|'.join(OPENINGS)})\s*)+{ANNOUNCEMENT}", re.IGNORECASE)
_OPENING: Final = re.compile(rf"\A\s*(?:{'|'.join(OPENINGS)})[ \t]*\n*", re.IGNORECASE)
_CLOSING: Final = re.compile(
    r"(?:(?<=[.!?:)\]`\"”’*])|(?<!\s)(?=[^\S\n]*+\n)|\A)\s*+(?:" + "|".join(CLOSINGS) + r")\s*+\Z", re.IGNORECASE
)


def filler_announcement(text: str) -> str:
    """`text` without an opening that says nothing and the line behind it that announces the answer."""
    return text[opening.end() :] if (opening := _ANNOUNCED.match(text)) else text


def filler_opening(text: str) -> str:
    """`text` without openings that say nothing, its first letter in upper case again."""
    while opening := _OPENING.match(text):
        rest = text[opening.end() :]
        text = rest[:1].upper() + rest[1:]
    return text


def filler_closing(text: str) -> str:
    """`text` without closings that say nothing."""
    while closing := _CLOSING.search(text, max(0, len(text) - TAIL)):
        text = text[: closing.start()].rstrip()
    return text
