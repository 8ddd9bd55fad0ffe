"""A hundred texts that would do something where they are taken for more than text: in a browser, a spreadsheet, a terminal, a
console library, a card, or a model."""

from tests.release.hostile import PAYLOADS as MARKUP
from tests.security.injections import ATTACKS

TERMINAL: tuple[str, ...] = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://127.0.0.1:9/\x1b\\link\x1b]8;;\x1b\\", "\x1b[2J\x1b[H",
    "\x9b31mred", "\x1bP1;1|x\x1b\\", "safe\rdanger", "\x08\x08\x08erased",
)  # fmt: skip
RICH: tuple[str, ...] = (
    "[red]red[/red]", "[/]", "[bold red on white]x", "[link=http://127.0.0.1:9/]x[/link]",
    "[blink]x[/blink][/nothing]", ":skull: [@click=app.bell]x[/]",
)  # fmt: skip
FORMULAS: tuple[str, ...] = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://127.0.0.1:9/","x")',
    '=IMPORTXML(CONCAT("http://127.0.0.1:9/"),"//a")', "＝1+1", "'=1+1",
)  # fmt: skip
BIDI: tuple[str, ...] = (
    "\u202egnp.exe",
    "\u2066\u2069\u202d",
    "a\u200bb\u2060c\ufeffd",
    "x" + "".join(chr(0xE0000 + ord(c)) for c in "hidden words"),
)
PROMPTS: tuple[str, ...] = ATTACKS[:24]

EVERY: tuple[str, ...] = (*MARKUP, *TERMINAL, *RICH, *FORMULAS, *BIDI, *PROMPTS)
assert len(EVERY) >= 100
