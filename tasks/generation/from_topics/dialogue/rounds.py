"""Conversations advance one turn a round: one batch of requests over all that are open, so that a server always has work."""

from collections import Counter
from typing import Final

from tasks.generation.from_topics.dialogue import passages
from tasks.generation.from_topics.dialogue.checks import answer_defect, unlabelled, user_defect
from tasks.generation.from_topics.dialogue.conversation import Conversation
from tasks.generation.from_topics.dialogue.params import MOVES, Dialogue
from tasks.generation.from_topics.dialogue.passages import Shelf
from tasks.teachers.prompts import Fence, Prompt, closed, joined
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher

GUIDANCE: Final = (
    "This is a conversation. Answer the last message in fewer than {max_words} words, directly and completely. Do not repeat what "
    "you said before, and do not write what the person says."
)
"""Said to the assistant's model behind the system prompt; no part of the row."""
MESSAGE: Final = closed(message={"type": "string"}, done={"type": "boolean"})


class Rounds:
    """Asks for answers and for the user's next messages, in turn, until no conversation is open."""

    def __init__(
        self, params: Dialogue, teacher: Teacher, shelf: Shelf | None, prompts: tuple[Prompt, Prompt], rows: SortedRows
    ) -> None:
        self.params, self.teacher, self.shelf, self.rows = params, teacher, shelf, rows
        self.user_prompt, self.grounded_prompt = prompts
        self.ended: Counter[str] = Counter()
        """Kept conversations by what ended them: `planned`, the last of its moves; `user`, who had nothing more to ask."""
        self.moves: Counter[str] = Counter()
        """Moves in kept conversations."""

    def answered(self, talks: list[Conversation]) -> list[Conversation]:
        """The conversations that go on after the assistant has spoken; those at their end are kept."""
        found = self.shelf.near([passages.query(talk) for talk in talks], self.params.passages) if self.shelf else None
        if found is None:
            requests = [self._chat(talk) for talk in talks]
        else:
            pairs = zip(talks, found, strict=True)
            requests = [passages.question(self.grounded_prompt, talk, near, self.params) for talk, near in pairs]
        left = []
        for number, (talk, reply) in enumerate(zip(talks, self.teacher.ask(requests), strict=True)):
            talk.row["requests"].append(reply.request_hash)
            if isinstance(reply, Failure):
                self._lay_down(talk, reply)
                continue
            if found is not None:
                read = passages.read(talk, reply.data, found[number])
                answer, defect = read.response, Defect(read.reason, read.detail) if read.reason else None
            else:
                answer, defect = unlabelled(reply.text, "assistant"), None
            defect = defect or answer_defect(
                answer, talk, thanks=self._thanks(talk, talk.exchanges), repeated=self.params.repeated
            )
            talk.say("assistant", answer)
            if defect:
                self._reject(talk, defect)
            elif talk.exchanges > len(talk.moves):
                self._keep(talk, "planned")
            else:
                left.append(talk)
        return left

    def asked(self, talks: list[Conversation]) -> list[Conversation]:
        """The conversations that go on after the user has spoken; where the user is done they end."""
        left = []
        replies = self.teacher.ask([self._user_request(talk) for talk in talks])
        for talk, reply in zip(talks, replies, strict=True):
            talk.row["requests"].append(reply.request_hash)
            talk.row["prompt_source"] = joined(str(talk.row["prompt_source"]).split(" + ")[0], self.user_prompt)
            if isinstance(reply, Failure):
                self._lay_down(talk, reply)
            elif self._goes_on(talk, reply):
                left.append(talk)
        return left

    def _goes_on(self, talk: Conversation, reply: Completion) -> bool:
        message, thanks = unlabelled(reply.data["message"], "user"), self._thanks(talk, talk.exchanges)
        if reply.data["done"] and not thanks:
            if talk.exchanges < self.params.min_turns:
                self._reject(talk, Defect("ended_early", f"{talk.exchanges} of {self.params.min_turns} answers"))
            else:
                self._keep(talk, "user")
            return False
        defect = user_defect(message, talk, thanks=thanks, repeated=self.params.repeated)
        talk.say("user", message)
        if defect:
            self._reject(talk, defect)
        return defect is None

    def _thanks(self, talk: Conversation, number: int) -> bool:
        """Whether the user's message number `number`, from 0, is to be a courtesy."""
        return number > 0 and talk.moves[number - 1] == "thanks"

    def _chat(self, talk: Conversation) -> Request:
        guidance = GUIDANCE.format(max_words=self.params.max_words)
        return Request(messages=tuple(talk.turns), system=f"{talk.system}\n\n{guidance}".strip())

    def _user_request(self, talk: Conversation) -> Request:
        said = talk.text()
        fence = Fence.around(said)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "persona": talk.persona,
            "register": talk.register,
            "move": MOVES[talk.moves[talk.exchanges - 1]],
            "conversation": fence.wrap("conversation", said),
        }
        return self.user_prompt.request(values, MESSAGE)

    def _lay_down(self, talk: Conversation, failure: Failure) -> None:
        """Sorts a conversation whose next turn got no answer."""
        if failure.refused or failure.error.startswith("length:"):
            reason = "refusal" if failure.refused else "cut_off"
            self.rows.reject(talk.as_row(), reason, f"turn {len(talk.turns) + 1}: {failure.error}")
        else:
            self.rows.fail(talk.as_row(), failure)

    def _reject(self, talk: Conversation, defect: Defect) -> None:
        """Rejects a conversation for its last turn."""
        self.rows.reject(talk.as_row(), defect.reason, f"turn {len(talk.turns)}: {defect.detail}")

    def _keep(self, talk: Conversation, ended: str) -> None:
        self.ended[ended] += 1
        self.moves.update(talk.moves[: talk.exchanges - 1])
        self.rows.keep(talk.as_row())
