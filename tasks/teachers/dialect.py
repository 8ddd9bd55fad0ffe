"""What a server lacks of its protocol, learnt from what it refuses.

Models refuse `temperature`, servers know no structured output, no system prompt, no answer in one piece. A request that was refused
is sent once more only in a form that differs, and a feature counts as lacking only once a request without it was answered: a
refusal that speaks of "temperature" may be about anything.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Form = frozenset[str]
"""The features that a request does without."""

IN_VAIN: Final = 3
"""Refusals that leaving a feature out did not mend, after which only a parameter named by the server makes us try it again."""


@dataclass(frozen=True)
class Feature:
    """Something in a request that a server may lack."""

    parameters: tuple[str, ...]
    """The request's fields by which a server names it in the `param` of an error."""
    words: tuple[str, ...] = ()
    """Words, in lower case, that an error's text has where no field names the parameter: worth a try, and no proof."""
    guess: bool = False
    """Also tried where an error names nothing at all: servers are known to lack it and to say no more than `Bad Request`."""


class Dialect:
    """What one server is known to lack. Used on the teachers' event loop only."""

    def __init__(self, features: Mapping[str, Feature]) -> None:
        self.form: Form = frozenset()
        self._features = features
        self._accepted: set[str] = set()
        self._in_vain: Counter[str] = Counter()

    def answered(self, form: Form, used: set[str]) -> None:
        """A request in this form, which used these features, was answered."""
        self.form |= form - self._accepted
        self._accepted |= used

    def next_form(self, refused: list[tuple[Form, str]], parameter: str, used: set[str]) -> Form | None:
        """The form in which to send a request once more, or None.

        refused: the forms in which it was refused and the server's words, oldest first; parameter: what the last refusal named in
        a field of its own; used: the features of the last request.
        """
        sent = [form for form, _ in refused]
        if self.form not in sent:  # another request has taught us more meanwhile
            return self.form
        last, words = refused[-1]
        if len(refused) > 1 and words == refused[-2][1]:  # without that it is refused just the same
            self._in_vain.update(last - refused[-2][0])
            last = refused[-2][0]
        for feature in self._suspects(parameter, words.lower(), used):
            if (form := last | {feature}) not in sent:
                return form
        self._in_vain.update(last - self.form)
        return None

    def adopt(self, parameter: str, words: str, used: set[str]) -> bool:
        """Do without what an error names from now on; whether there is such a thing. For requests of a batch, sent in one form."""
        found = self._suspects(parameter, words.lower(), used)
        self.form |= set(found[:1])
        return bool(found)

    def _suspects(self, parameter: str, words: str, used: set[str]) -> list[str]:
        """The features that may be what the server lacks, likeliest first."""
        open_to_doubt = {name: self._features[name] for name in self._features if name in used - self._accepted}
        root = re.split(r"[.\[]", parameter, maxsplit=1)[0]
        if named := [name for name, feature in open_to_doubt.items() if root in feature.parameters]:
            return named
        may_try = {name: feature for name, feature in open_to_doubt.items() if self._in_vain[name] < IN_VAIN}
        said = [name for name, feature in may_try.items() if any(word in words for word in feature.words)]
        return said or [name for name, feature in may_try.items() if feature.guess]
