"""Dialogues: topics → subtopics → first messages → turns between a user whom a model plays and an assistant.

After UltraChat (Ding et al. 2023, "Enhancing Chat Language Models by Scaling High-quality Instructional Conversations"), where one
of two models is asked to be the user. Beyond it, each user has a persona and moves drawn by seed and ends the conversation itself,
and the assistant answers from the recipe's documents, if there are any, with evidence.
"""

from collections import Counter
from typing import Any, Final

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_topics.dialogue.openings import Beginnings
from tasks.generation.from_topics.dialogue.params import Dialogue
from tasks.generation.from_topics.dialogue.passages import Shelf
from tasks.generation.from_topics.dialogue.rounds import Rounds
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts import beside, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher

PROMPTS: Final = beside(__file__, "dialogue_subtopics", "dialogue_openings", "dialogue_user", "dialogue_grounded")
TOKENS_PER_WORD: Final = 1.4
"""Of English prose, on the high side; as in the price of a build."""


def make(inputs: Inputs, params: Dialogue, teacher: Teacher | None, tools: Tools) -> Outcome:
    """Conversations as EXAMPLE rows: `history`, the user's last message as `instruction`, the answer to it as `response`; `persona`
    is the user's, `system` the assistant's. The parent is the subtopic. With `inputs.documents` (schema CHUNK) each answer has
    evidence, and the row that of all its answers.

    A conversation in which a message cannot stand is rejected, with the turn. Facts: `subtopics`, `conversations` begun, `turns`
    (kept conversations by their number of answers), `ended`, `moves`, and the `personas` and `systems` of kept rows. Raises what
    the teacher raises.
    """
    assert teacher is not None
    rows = SortedRows()
    shelf = Shelf(inputs.documents) if inputs.documents is not None and inputs.documents.num_rows else None
    subtopics_prompt, openings_prompt, user_prompt, grounded_prompt = map(load, PROMPTS)
    beginnings = Beginnings(params, teacher, shelf, (subtopics_prompt, openings_prompt), rows)
    subtopics = beginnings.subtopics()
    talks = beginnings.conversations(subtopics)
    begun, rounds = len(talks), Rounds(params, teacher, shelf, (user_prompt, grounded_prompt), rows)
    for number in range(params.turns):
        talks = rounds.asked(talks) if number else talks
        talks = rounds.answered(talks)
        tools.progress(number + 1, params.turns)
    facts: dict[str, Any] = {
        "subtopics": len(subtopics),
        "repeated_subtopics": beginnings.repeated,
        "conversations": begun,
        "turns": _counted(str(len(row["history"]) // 2 + 1) for row in rows.kept),
        "ended": dict(sorted(rounds.ended.items())),
        "moves": dict(sorted(rounds.moves.items())),
        "personas": _counted(row["persona"] for row in rows.kept),
        "systems": _counted(row["system"] or "" for row in rows.kept),
    }
    return rows.outcome(EXAMPLE, facts)


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def estimate(params: Dialogue, sizes: Sizes) -> Calls:
    """One request for each topic and subtopic, and two for each turn but the last, which has one."""
    subtopics = len(params.topics) * params.subtopics
    conversations = subtopics * params.openings
    requests = len(params.topics) + subtopics + conversations * (2 * params.turns - 1)
    said = params.turns * params.max_words * TOKENS_PER_WORD  # half of the answers, and the user's messages
    passages = params.passages * sizes.passage_tokens // 2  # half of the requests show some
    return Calls(requests, int(said) + passages, conversations)


METHOD: Final = Method(
    params=Dialogue,
    inputs=("topics", "documents"),
    make=make,
    answered=True,
    estimate=estimate,
    teacher="required",
    version=2,
    prompts=PROMPTS,
    libraries=("bm25s",),
    reasons={
        "role_confusion": "the user speaks as the assistant does, or the other way round; detail: turn and words",
        "repeated_turn": "a message is nearly one that was said before; detail: turn, the earlier one, share",
        "only_politeness": "a message is nothing but courtesies; detail: turn and who says it",
        "cut_off": "an answer ends in the middle; detail: turn and how it ends",
        "ended_early": "the user has nothing more to ask too soon; detail: after how many answers",
    },
)
