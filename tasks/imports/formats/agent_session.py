"""Session logs of coding agents: one record a line, many lines a session. Claude Code ({type, sessionId, message}) and Codex
({type: response_item, payload}). They hold what people typed, files, and output of commands, so that keys and personal data
are to be expected: a session with a key in it is refused here, and the recipe must filter personal data.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tasks.containers import RecordBlock
from tasks.imports.conversation import example, turns
from tasks.imports.example import Conventions, Example, Record, UnusableError

TITLE: Final = "sessions of a coding agent"
ORIGIN: Final = "synthetic"
BESIDE: Final = frozenset(("session",))
CODEX: Final = frozenset(("response_item", "session_meta", "event_msg", "turn_context", "compacted"))
CLAUDE: Final = frozenset(("summary", "system", "file-history-snapshot", "queue-operation", "progress"))
"""Lines of a session that are no turns."""
_SECRET: Final = re.compile(
    r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bgh[opsur]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}|(?<=://)[^/\s:@\"']+:[^/\s:@\"']+(?=@)|[Bb]earer [\w.~+/-]{16,}"
    r"|(?i:(?:api_?key|secret(?:_?key)?|access_?key|auth_?token|password|passwd)\w{0,30}[\"']?\s{0,9}[=:]\s{0,9}\\?[\"']?(?![\s$<{*])[^\s\"'\\$<{*]{8,})"
)
"""Keys in the forms of well-known vendors, private keys, tokens, passwords in addresses, values of names like API_KEY."""
_PERSONAL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?<!example\.com)(?<!example\.org)"
)
_HOME: Final = re.compile(r"(?<=/home/|Users/|Users\\)[^/\\\s\"']+")


def recognises(record: Record) -> bool:
    """Whether the record is a line of a session."""
    if "sessionId" in record or "leafUuid" in record:
        return isinstance(record.get("message"), dict) or record.get("type") in CLAUDE
    return record.get("type") in CODEX and isinstance(record.get("payload"), dict)


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example a session: the last thing the user asked that was answered, everything before it as history. Raises
    UnusableError where a key stands anywhere in it, or an address of a person in a call, where filters don't look."""
    made = example(turns(record["turns"]))
    said = [made.instruction, made.response, made.system or "", made.reasoning or ""]
    calls = [made.response if made.expects else ""]
    for turn in made.history or ():
        said += [turn[name] or "" for name in ("content", "tool_calls", "reasoning")]
        calls.append(turn["tool_calls"] or "")
    if any(map(_SECRET.search, said)):
        raise UnusableError("holds_secret", "a key, a token or a password stands in the session")
    if any(map(_PERSONAL.search, calls)):
        raise UnusableError(
            "malformed_record", "an e-mail address stands in a call of a tool, where it cannot be redacted"
        )
    return (made,)


def sessions(blocks: Iterable[RecordBlock]) -> Iterator[RecordBlock]:
    """The lines of a file as one record a session: {session, turns}, with `user` in place of the name of a home directory. What
    cannot be read stays a record of its own."""
    found: dict[str, list[Record]] = {}
    lines: list[int] = []
    current, unreadable = "", 0
    for block in blocks:
        for index, line in enumerate(block.values):
            if not isinstance(line, dict):
                yield RecordBlock(unreadable, [line], block.ends_at, [block.line(index)].__getitem__)
                unreadable += 1
                continue
            payload = line.get("payload")
            if line.get("type") == "session_meta" and isinstance(payload, dict):
                current = str(payload.get("id") or len(found))
            session = str(line.get("sessionId") or current)
            if session not in found:
                lines.append(block.line(index))
            _take(found.setdefault(session, []), line)
    values = [{"session": session, "turns": _without_names(said)} for session, said in found.items()]
    yield RecordBlock(unreadable, values, lines[-1] if lines else 1, lines.__getitem__)


def _take(said: list[Record], line: Record) -> None:
    """Add what one line says to its session's turns. Side chains, summaries and notes of the agent itself add nothing; a
    message that comes in several lines is one turn."""
    message, payload = line.get("message"), line.get("payload")
    if line.get("type") == "response_item" and isinstance(payload, dict):
        said.extend(_codex(payload))
    elif isinstance(message, dict) and not line.get("isSidechain") and not line.get("isMeta"):
        turn = {"role": message.get("role"), "content": message.get("content"), "id": message.get("id")}
        if said and turn["id"] and said[-1].get("id") == turn["id"] and isinstance(turn["content"], list):
            said[-1]["content"] = [*said[-1]["content"], *turn["content"]]
        else:
            said.append(turn)


def _codex(item: dict[str, Any]) -> Iterator[Record]:
    kind = item.get("type")
    if kind == "message":
        yield {"role": item.get("role"), "content": item.get("content")}
    elif kind in ("function_call", "custom_tool_call"):
        arguments = item.get("arguments", item.get("input"))
        yield {
            "role": "assistant",
            "tool_calls": [{"id": item.get("call_id"), "name": item.get("name"), "arguments": arguments}],
        }
    elif kind in ("function_call_output", "custom_tool_call_output"):
        yield {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}


def _without_names(value: Any) -> Any:
    """Texts in which the names of home directories are replaced: they are people's."""
    if isinstance(value, str):
        return _HOME.sub("user", value)
    if isinstance(value, dict):
        return {key: _without_names(inner) for key, inner in value.items()}
    return [_without_names(one) for one in value] if isinstance(value, list) else value
