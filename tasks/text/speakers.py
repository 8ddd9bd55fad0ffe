"""Who says "I" in a response: the assistant, or somebody whose words the instruction asks for."""

import re
from enum import Enum
from typing import Final

_SOMEBODY: Final = re.compile(
    r"(?i)\b(?:translat|paraphras|rephras|reword|re-?writ|proofread|transcri|subtitl|declin|reject|refus|apologi[sz]|"
    r"den(?:y|ial)|"
    r"correct (?:the|this|my|any|all)|fix (?:the|this|my)|turn(?:ing|s)? down|say (?:it|this|that|no|yes|your)|"
    r"another way|in other words|"
    r"(?:in|into|to) (?:english|french|german|spanish|italian|chinese|japanese|portuguese|dutch|russian|arabic|hindi|"
    r"latin)|tickets?\b|"
    r"complaints?\b|first person|monologue|diar(?:y|ies)|perspective|point of view|viewpoint|persona|role-?play|"
    r"pretend|act(?:ing)? as|"
    r"imagine (?:you|that)|voice of|answer(?:s|ing)? as|(?:words|answer|reply|excuse|line|speech|voice) of|"
    r"'s (?:\w+ )?(?:words|answer|voice|reply|excuse)|"
    r"introduce yourself|resign|regret|break-?up|excuse|note to|(?:an?|one|two|three|your) (?:\w+ )?sentences?\b|"
    r"phrases?\b|mean(?:s|ing)?\b|quot(?:e|ation)s?\b|lines?\b|"
    r"you(?:['’]re| are) (?:an?|the|my) |as (?:an?|the|if)\b|on behalf|would (?:an?|the|you say)|explain why the|"
    r"begin (?:an?|the)|"
    r"opening|first (?:line|words)|what (?:would|did|does|do|might|could|should) (?:\w+ ){1,4}(?:say|reply|answer)|"
    r"reply to|respond (?:to|as)|continue|complete|finish|fill in)|(?:^|\s)['‘\"“][^'’\"”]{3,}"
)
_AUTHOR: Final = re.compile(
    r"(?i)\b(?:writ(?:e|ing|ten)|compos|creat|generat|draft|invent|make up|tell me a (?:story|joke)|poems?\b|haiku|"
    r"songs?\b|lyrics?|stor(?:y|ies)|"
    r"jokes?\b|scripts?\b|dialogues?|scenes?\b|letters?\b|e?-?mails?\b|messages?\b|reviews?\b|essays?\b|speech|"
    r"toasts?\b|posts?\b|tweets?\b|"
    r"complete|continue|finish|fill in|reply|respond|agree\b|summari[sz]|sum up)"
)


class Speaker(Enum):
    """Whose words a response is."""

    ASSISTANT = "a question or a task: the assistant speaks for itself"
    AUTHOR = "a text is asked for, in which anybody may speak"
    SOMEBODY = "the words of somebody are asked for: a translation, a role, a summary of what somebody said"


def speaker(instruction: str) -> Speaker:
    """Whose words `instruction` asks for."""
    if _SOMEBODY.search(instruction):
        return Speaker.SOMEBODY
    return Speaker.AUTHOR if _AUTHOR.search(instruction) else Speaker.ASSISTANT
