"""Who is who: our names of reviewers, and what another program calls the same people."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tasks.core.errors import BadInput
from tasks.review.decisions import REVIEWER


@dataclass(frozen=True)
class People:
    """Pairs of a reviewer's name and an e-mail address, a number or a UUID of the other program."""

    known: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[str]) -> "People":
        """`NAME=WHO` each; BadInput for another form."""
        found = []
        for pair in pairs:
            name, equals, who = pair.partition("=")
            if not equals or not who or not REVIEWER.fullmatch(name):
                raise BadInput(
                    f"--as {pair}: write NAME=WHO, the reviewer's name and what the other program calls them"
                )
            found.append((name, who))
        return cls(tuple(found))

    def called(self, name: str) -> str:
        """What the other program calls a reviewer; empty where nobody said."""
        return next((who for ours, who in self.known if ours == name), "")

    def name(self, who: Any) -> str:
        """The reviewer behind what the other program says: a number, a text, or an object with `email`, `username` or `id`. Of a
        person whom nobody named, what stands before the @ of the address, or the name; BadInput where there is neither."""
        details = who if isinstance(who, dict) else {"email": who} if "@" in str(who) else {"id": who}
        values = [str(details[key]) for key in ("id", "email", "username") if details.get(key) is not None]
        if found := next((ours for ours, theirs in self.known if theirs in values), ""):
            return found
        spoken = str(details.get("email") or details.get("username") or "").partition("@")[0]
        made = re.sub(r"[^a-z0-9_-]+", "-", spoken.lower()).strip("-_")[:40]
        if not REVIEWER.fullmatch(made):
            raise BadInput(
                f"who is {next(iter(values), 'the annotator')}? say so with --as NAME={next(iter(values), 'WHO')}"
            )
        return made
