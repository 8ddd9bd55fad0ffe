"""A recipe's own prompt texts: what is sent, what is keyed, and what is refused before anything is asked."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import recipe_file
from flows.recipe_checks import check_input
from tasks.answers import Answers
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import canonical_json
from tasks.generation.catalogue import METHODS
from tasks.generation.from_documents.reverse_instruction import METHOD, ReverseInstruction
from tasks.generation.stage import compute
from tasks.stages import generation
from tasks.teachers import Budget, TeacherSettings, prompts
from tasks.teachers.prompts import grounded, own
from tasks.verification.catalogue import VERIFIERS
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.teachers.prompts.material import chunks_of

EVERY = sorted({path for asking in (*METHODS, *VERIFIERS) for path in asking.prompts} | {*grounded.PROMPTS})
PASSAGE = "A generator is a function that yields values one by one. It keeps its state between two calls."
Write = Callable[[str], Path]


@pytest.fixture
def mine(tmp_path: Path) -> Write:
    """Writes the packaged text for reverse_instruction with a first line of one's own."""

    def write(first_line: str) -> Path:
        path = tmp_path / f"mine-{first_line}.md"
        path.write_text(f"{first_line}\n{METHOD.prompts[0].read_text('utf-8')}")
        return path

    return write


def reply(seen: Seen) -> dict[str, Any]:
    first = seen.system.split()[0]
    return {"instruction": f"Explain {first} lazy sequences.", "category": "explanation", "self_contained": True}


def run(server: ModelServer, folder: Path, name: str = "", **files: Path) -> Outcome:
    settings = TeacherSettings(provider="openai", model="m", base_url=server.openai_url)
    params = ReverseInstruction(min_words=10, min_fit=0, name=name, prompts=files)
    return compute(chunks_of(PASSAGE), None, params, settings, Budget(), Tools("key", folder))


def test_the_own_text_is_what_is_sent_and_what_the_row_names(
    model_server: ModelServer, tmp_path: Path, mine: Write
) -> None:
    model_server.reply = reply
    file = mine("formal")
    outcome = run(model_server, tmp_path, reverse_instruction=file)
    assert all(seen.system.startswith("formal\n") for seen in model_server.seen)
    assert outcome.kept["prompt_source"].to_pylist() == [f"mine-formal.md@{prompts.read(file).hash[:8]}"]
    run(model_server, tmp_path)
    assert not model_server.seen[-1].system.startswith("formal\n"), "the packaged text is back after the stage"


def test_entries_side_by_side_do_not_mix_their_texts(model_server: ModelServer, tmp_path: Path, mine: Write) -> None:
    model_server.reply = reply
    files = [mine(f"voice{number}") for number in range(6)]
    with ThreadPoolExecutor(len(files)) as threads:
        running = [
            threads.submit(copy_context().run, run, model_server, tmp_path, f"r{n}", reverse_instruction=file)
            for n, file in enumerate(files)
        ]
    for number, done in enumerate(running):
        [row] = done.result().kept.to_pylist()
        assert f"voice{number} " in row["instruction"]
        assert row["prompt_source"].startswith(f"mine-voice{number}.md@")


def test_the_key_is_that_of_the_files_bytes(tmp_path: Path, mine: Write) -> None:
    stage, file = generation("reverse_instruction", "reverse_instruction"), mine("one")

    def key(**files: Path) -> str:
        return canonical_json(stage.identity([ReverseInstruction(prompts=files)]))

    first = key(reverse_instruction=file)
    copied = tmp_path / "elsewhere.md"
    copied.write_bytes(file.read_bytes())
    assert key(reverse_instruction=copied) == first, "not its name"
    file.write_text(file.read_text() + " ")
    assert key(reverse_instruction=file) != first
    assert "'prompts': {}" not in str(ReverseInstruction().identity()), "rows made before keep their key"
    assert "prompts" not in Answers().identity()


@given(data=st.data())
def test_a_text_is_refused_exactly_where_its_placeholders_do_not_fit(data: st.DataObject) -> None:
    """Of any packaged prompt, with placeholders left out, added or moved to the other side of the dashes."""
    path = data.draw(st.sampled_from(EVERY))
    packaged = prompts.read(path)
    system, user = packaged.slots_by_part
    left_out = data.draw(st.frozensets(st.sampled_from(sorted(packaged.slots)), max_size=2))
    added = data.draw(st.sampled_from([frozenset(), frozenset({"nothing_like_it"})]))
    moved = data.draw(st.frozensets(st.sampled_from(sorted(user)), max_size=1))
    above, below = (system | moved) - left_out, (user - moved) - left_out
    lines = [" ".join(f"{{{{{slot}}}}}" for slot in sorted(slots)) for slots in (above | added, below)]
    left = above | below
    fits = not added and not packaged.slots - left - packaged.limits and not (moved - left_out) - system
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mine.md"
        file.write_text(f"Own. {lines[0]}\n---\nAsk: {lines[1]}")
        if not fits:
            with pytest.raises(BadInput) as refused:
                own.check({packaged.name: file}, EVERY, "here")
            assert "\n" not in str(refused.value)
            return
        own.check({packaged.name: file}, EVERY, "here")
        with prompts.using({packaged.name: file}):
            rendered = prompts.load(path).render(**dict.fromkeys(packaged.slots, "VALUE"))
    assert "{{" not in rendered.system + rendered.user


@pytest.mark.parametrize(
    ("entry", "text", "said"),
    [
        (
            "answer: mine.md",
            "x\n---\n",
            "generate.0.prompts: no prompt 'answer'; those asked with here are reverse_fit, reverse_instruction",
        ),
        ("reverse_fit: other.md", "", "generate.0.prompts.reverse_fit: no prompt file "),
        ("reverse_fit: mine.md", "{{fence}} {{instruction}} {{response}}", "no line of three dashes"),
        (
            "reverse_fit: mine.md",
            "{{fence}}\n---\n{{instruction}}",
            "{{response}} is missing; the packaged text has it",
        ),
        ("reverse_fit: mine.md", "A\n---\n{{instruction}} {{response}}", "{{fence}} is missing"),
        (
            "reverse_fit: mine.md",
            "{{fence}} {{tone}}\n---\n{{instruction}} {{response}}",
            "no placeholder {{tone}}; there are {{fence}}, {{instruction}}, {{response}}",
        ),
        (
            "reverse_fit: mine.md",
            "{{fence}} {{response}}\n---\n{{instruction}}",
            "{{response}} is text of others; it belongs below",
        ),
    ],
)
def test_what_cannot_stand_in_its_place_is_said_before_anything_is_sent(
    tmp_path: Path, entry: str, text: str, said: str
) -> None:
    (tmp_path / "mine.md").write_text(text)
    (tmp_path / "r.yaml").write_text(
        "dataset: d\ndocuments: [{path: docs}]\nteacher: {provider: openai, model: m}\n"
        f"generate: [{{method: reverse_instruction, prompts: {{{entry}}}}}]\n"
    )
    with pytest.raises(BadInput) as refused:
        check_input(recipe_file.load(str(tmp_path / "r.yaml")), "r.yaml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_lie_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "dataset: d\ndocuments: [{path: docs}]\ngenerate: [{method: taxonomy, prompts: {taxonomy_topics: p/t.md}}]\n"
        "answers: {prompts: {answer: a.md}}\nverify: [{verifier: judge, prompts: {judge: /abs/j.md}}]\n"
    )
    found = recipe_file.load(str(tmp_path / "r.yaml"))
    assert found.generate[0].prompts == {"taxonomy_topics": tmp_path / "p" / "t.md"}
    assert found.answers.prompts == {"answer": tmp_path / "a.md"}
    assert found.verify[0].prompts == {"judge": Path("/abs/j.md")}
