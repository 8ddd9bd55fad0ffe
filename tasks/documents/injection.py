"""Text in documents that tries to instruct a model. It is flagged, not removed: later stages decide what may be asked of it.

The patterns are the openings that prompt-injection collections share (Greshake et al. 2023, "Not what you've signed up for";
Perez & Ribeiro 2022, "Ignore Previous Prompt"): overriding what came before, assigning a new role, asking for the hidden
prompt, and imitating the markers of a chat template.
"""

import re
from typing import Final

INSTRUCTION_LIKE: Final = "instruction_like"

_BEFORE: Final = r"(?:previous|prior|above|preceding|earlier|foregoing|system|your|all)"
_ORDERS: Final = r"(?:instructions?|prompts?|directions?|rules|guidelines|context|messages?)"
_PATTERNS: Final = re.compile(
    "|".join(
        (
            rf"\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){{0,3}}?{_BEFORE}\s+(?:\w+\s+){{0,2}}?{_ORDERS}\b",
            r"\byou\s+are\s+now\s+(?:a|an|in|the|acting|called|dan)\b",
            r"\bfrom\s+now\s+on,?\s+you\s+(?:are|will|must|should)\b",
            r"\b(?:pretend|act)\s+(?:to\s+be|as(?:\s+if\s+you\s+(?:are|were))?)\s+(?:an?\s+)?(?:ai|unrestricted|jailbroken|dan)\b",
            r"\b(?:reveal|print|show|repeat|output|leak)\s+(?:\w+\s+){0,3}?system\s+prompt\b",
            r"\b(?:your|the|new)\s+system\s+prompt\b",
            r"\bas\s+an?\s+(?:ai|large)\s+(?:language\s+)?(?:model|assistant),?\s+you\b",
            r"<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[/?INST\]|<<SYS>>",
            r"#{2,}\s*(?:instruction|response|system)s?\s*:",
        )
    ),
    re.IGNORECASE,
)


def instruction_like(text: str) -> str:
    """The first phrase of `text` that tries to instruct a model; empty if there is none."""
    found = _PATTERNS.search(text)
    return found[0] if found else ""
