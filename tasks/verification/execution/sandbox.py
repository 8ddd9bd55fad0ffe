"""Runs programs of strangers where they can do no harm: `run` is all that others call.

A program sees a read-only file system that holds its interpreter and the system's libraries, a scratch folder of 64 MiB as its
current folder, no network, no other processes, an empty environment. It has no rights, may not call what reaches beyond it
(seccomp), and ends at the limits below. Everything that it started is dead when `run` returns.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from tasks.core.errors import BadInput
from tasks.verification.execution import grammars, languages
from tasks.verification.execution.languages import ProgramLanguage, Step, Toolchain
from tasks.verification.execution.workers import POOL, NoSandbox, SandboxFailed

__all__ = [
    "POOL",
    "KilledBy",
    "NoSandbox",
    "Run",
    "SandboxFailed",
    "Unavailable",
    "available",
    "check",
    "packaged",
    "parse",
    "run",
]

KilledBy = Literal["time", "memory", "output", "processes", "disk", "system_call"]
"""What ended a program before its time:

- `time`: it ran for more than its seconds, or used more than their CPU time
- `memory`: its processes together used more than `memory_mb`, or one asked for more and ended without it
- `output`: it wrote more than 1 MiB to standard output or to standard error
- `processes`: it had 64 processes and threads at once, or ended because it was refused another
- `disk`: it wrote a file larger than the scratch folder, and ended by that
- `system_call`: it made a call for another kind of machine
"""

OUTPUT_BYTES: Final = 1 << 20
PROCESSES: Final = 64
DISK_BYTES: Final = 64 << 20
FILES: Final = 4096
STDIN_BYTES: Final = 64 << 20
_COMPILE_SECONDS: Final = 60.0
_COMPILE_MB: Final = 2048
_PARSE_SECONDS: Final = 10.0
"""A program of some pages takes milliseconds; a megabyte of junk, 10 s and more."""
_PARSE_MB: Final = 1024
"""A megabyte of opening brackets takes 254 MiB."""
_SHARED_BYTES: Final = 256 << 20
"""Address space beyond `memory_mb`: code of libraries, which is shared and not counted."""
_RESERVED_BYTES: Final = 512 << 20
"""What runtimes reserve as writable and do not use, thread stacks for one."""

_LAST_WORDS: Final = {
    "memory": (
        "MemoryError", "std::bad_alloc", "JavaScript heap out of memory", "java.lang.OutOfMemoryError",
        "fatal error: runtime: out of memory", "Array buffer allocation failed", "Invalid array length", "Cannot allocate memory",
        "allocation failed", "cannot allocate", "Invalid string length",
    ),
    "processes": ("Resource temporarily unavailable", "can't start new thread", "unable to create native thread", "EAGAIN"),
}  # fmt: skip
"""How interpreters report, as they end, that the kernel refused them memory or a process."""


@dataclass(frozen=True)
class Run:
    """What became of a program."""

    stdout: str
    """What it wrote, read as UTF-8; bytes that are none become U+FFFD. At most 1 MiB."""
    stderr: str
    """Likewise; where the program did not compile, the compiler's messages."""
    exit_code: int
    """Its exit code, or its compiler's where that failed; minus the number of the signal that ended it."""
    killed_by: KilledBy | None
    """The limit that ended it; None where it ended by itself."""


class Unavailable(BadInput):
    """A language whose tools are not on this machine, or that is not known at all."""


@cache
def packaged(name: str) -> str:
    """The text of one of the package's own programs, by its name in `inside`."""
    return (Path(__file__).parent / "inside" / f"{name}.py").read_text("utf-8")


def run(code: str, language: str = "python", stdin: str = "", seconds: float = 5.0, memory_mb: int = 512) -> Run:
    """Run a program to its end or to one of its limits.

    `seconds` is wall time, and CPU time rounded up; compilers have 60 s of their own before it. `memory_mb` is for all its
    processes.
    Raises Unavailable for a language that cannot be run here, NoSandbox where this machine has nothing that shuts programs
    in, BadInput for limits that are none, and SandboxFailed where the sandbox itself breaks.
    """
    if not (0 < seconds <= 3600 and 16 <= memory_mb <= 1 << 20):
        raise BadInput(f"a program may run for up to 3600 seconds in 16 MB or more, not {seconds} s in {memory_mb} MB")
    known, tools = _found(language, memory_mb)
    return _done(code, stdin, known, tools, tools.steps, seconds, memory_mb)


def check(code: str, language: str) -> Run:
    """Whether a text is a program of a language (exit code 0), as the language's own tool says; none of it is run.

    Raises as `run` does, and Unavailable for Python, whose programs are checked by its parser.
    """
    known, tools = _found(language, 512)
    if tools.check is None:
        raise Unavailable(f"{known.name} has no tool that checks a program's text")
    return _done(code, "", known, tools, (tools.check,), _COMPILE_SECONDS, _COMPILE_MB)


def parse(code: str, language: str) -> Run:
    """Whether a text is a program of a language to tree-sitter's grammar: standard output is the first error, or empty.

    Raises as `run` does, and Unavailable where there is no grammar, or its package is not installed.
    """
    grammar = grammars.BY_NAME.get(language.lower())
    if grammar is None:
        raise Unavailable(f"{language!r} has no grammar here; known: {', '.join(sorted(grammars.BY_NAME))}")
    tools = grammars.parser(grammar)
    if tools is None:
        raise Unavailable(f"the grammar of {grammar.name} is not installed: {grammars.INSTALL}")
    asking = ProgramLanguage(grammar.name, "parsing.py", lambda _memory_mb: tools, grammars.INSTALL)
    return _done(packaged("parsing"), code, asking, tools, tools.steps, _PARSE_SECONDS, _PARSE_MB)


def _found(language: str, memory_mb: int) -> tuple[ProgramLanguage, Toolchain]:
    known = _language(language)
    tools = known.find(memory_mb)
    if tools is None:
        raise Unavailable(f"{known.name} is not available on this machine: {known.remedy}")
    return known, tools


def _done(
    code: str,
    stdin: str,
    known: ProgramLanguage,
    tools: Toolchain,
    todo: tuple[Step, ...],
    seconds: float,
    memory_mb: int,
) -> Run:
    source, given = _encoded(code), _encoded(stdin)
    if len(source) + len(given) > STDIN_BYTES:
        raise BadInput(
            f"a program and its standard input may have {STDIN_BYTES >> 20} MiB, not {len(source) + len(given)} bytes"
        )
    steps = [_limits(step, seconds, memory_mb, known, dict(tools.environment)) for step in todo]
    request = {
        "files": {known.file: len(source)}, "stdin": len(given), "steps": steps, "output_bytes": OUTPUT_BYTES,
        "disk_bytes": DISK_BYTES * (4 if len(steps) > 1 else 1), "files_at_most": FILES,
    }  # fmt: skip
    whole_system = known.name != "python"
    try:
        answer, out, err = POOL.run(
            request, [source, given], sum(one["seconds"] for one in steps), tools.read, whole_system
        )
    except TimeoutError:
        return Run("", "", -9, "time")
    return _run(answer, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def available(language: str) -> bool:
    """Whether programs in a language can be run here, as far as its tools go."""
    known = languages.BY_NAME.get(language.lower())
    return known is not None and known.find(512) is not None


def _language(name: str) -> ProgramLanguage:
    known = languages.BY_NAME.get(name.lower())
    if known is None:
        raise Unavailable(
            f"{name!r} is no language that programs are run in; known: {', '.join(sorted(languages.BY_NAME))}"
        )
    return known


def _encoded(text: str) -> bytes:
    """As UTF-8; a lone surrogate as the three bytes that are no UTF-8, for the interpreter to complain about."""
    return text.encode("utf-8", "surrogatepass")


def _limits(
    step: Step, seconds: float, memory_mb: int, language: ProgramLanguage, environment: dict[str, str]
) -> dict[str, Any]:
    if step.compiles:
        seconds, memory_mb = _COMPILE_SECONDS, max(memory_mb, _COMPILE_MB)
    memory = memory_mb << 20
    reserved = _RESERVED_BYTES if language.reserves or step.compiles else 0
    what: dict[str, Any] = {"python": step.python} if step.python else {"argv": step.argv, "env": environment}
    return {
        **what,
        "seconds": seconds,
        "cpu_seconds": math.ceil(seconds),
        "memory_bytes": memory,
        "data_bytes": memory + reserved,
        "address_bytes": 0 if reserved else memory + _SHARED_BYTES,
        "processes": PROCESSES * (4 if step.compiles else 1),
        "disk_bytes": DISK_BYTES * (4 if step.compiles else 1),
    }


def _run(answer: dict[str, Any], out: str, err: str) -> Run:
    killed_by = answer["killed_by"]
    if killed_by is None and answer["exit_code"] != 0:
        killed_by = _refused(err)
    return Run(out, err, answer["exit_code"], killed_by)


def _refused(err: str) -> KilledBy | None:
    """Which limit a program ended at by itself, judged by its last words."""
    last = err[-2000:]
    for limit, marks in _LAST_WORDS.items():
        if any(mark in last for mark in marks):
            return "memory" if limit == "memory" else "processes"
    return None
