"""The languages that programs are run in: what each is called, which tools it needs, and the steps from a file to its output."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SCRATCH: Final = "/scratch"
_LIBRARIES: Final = ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
"""Folders that most distributions keep under /usr and link to."""
_SYSTEM: Final = (
    "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/include", "/usr/share/nodejs", "/usr/local/lib",
)  # fmt: skip
_SETTINGS: Final = ("/etc/ld.so.cache", "/etc/alternatives")


@dataclass(frozen=True)
class Step:
    """One process on the way from a program's text to what it writes."""

    argv: tuple[str, ...] = ()
    python: str = ""
    """In place of `argv`: a file that the worker's own interpreter runs."""
    compiles: bool = False
    """It runs under the limits of compilers, not those of the program."""


@dataclass(frozen=True)
class Toolchain:
    """A language's tools as they are on this machine."""

    steps: tuple[Step, ...]
    read: tuple[str, ...]
    """Paths that its sandbox shows beside the system's libraries."""
    environment: tuple[tuple[str, str], ...] = ()
    check: Step | None = None
    """Says whether the program's text is one of the language, and runs nothing of it."""


@dataclass(frozen=True)
class ProgramLanguage:
    """A language by its usual name."""

    name: str
    file: str
    """What the program's text is saved as."""
    find: Callable[[int], Toolchain | None]
    """`(memory_mb) -> Toolchain`, or None where a tool is missing."""
    remedy: str
    aliases: tuple[str, ...] = ()
    reserves: bool = False
    """Its runtime reserves far more address space than it uses: only what it writes to counts."""


def _tool(name: str) -> str | None:
    found = shutil.which(name)
    return str(Path(found).resolve()) if found else None


def _home(tool: str) -> tuple[str, ...]:
    """The folder of a tool that lives outside the system's."""
    return () if tool.startswith(_SYSTEM) else (str(Path(tool).parents[1]),)


@cache
def _asked(*argv: str) -> str | None:
    """The first line that a tool of this machine prints."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  our own words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().partition("\n")[0] or None


def _python(_memory_mb: int) -> Toolchain:
    return Toolchain((Step(python="program.py"),), ())


def _javascript(memory_mb: int) -> Toolchain | None:
    node = _tool("node")
    if node is None:
        return None
    heap = f"--max-old-space-size={max(16, memory_mb * 3 // 4)}"
    return Toolchain(
        (Step((node, heap, "program.js")),), _home(node), check=Step((node, "--check", "program.js"), compiles=True)
    )


def _bash(_memory_mb: int) -> Toolchain | None:
    bash = _tool("bash")
    if bash is None:
        return None
    return Toolchain((Step((bash, "program.sh")),), _home(bash), check=Step((bash, "-n", "program.sh"), compiles=True))


def _compiled_by(tool: str, file: str, *options: str) -> Callable[[int], Toolchain | None]:
    def find(_memory_mb: int) -> Toolchain | None:
        compiler = _tool(tool)
        if compiler is None:
            return None
        compile_it = Step((compiler, *options, "-O1", "-o", "program", file, "-lm"), compiles=True)
        check = Step((compiler, *options, "-fsyntax-only", file), compiles=True)
        return Toolchain((compile_it, Step((f"{SCRATCH}/program",))), _home(compiler), check=check)

    return find


def _rust(_memory_mb: int) -> Toolchain | None:
    root = _asked("rustc", "--print", "sysroot") if shutil.which("rustc") else None
    if root is None or _tool("cc") is None:
        return None
    compile_it = Step((f"{root}/bin/rustc", "--edition=2021", "-O", "-o", "program", "program.rs"), compiles=True)
    check = Step(
        (f"{root}/bin/rustc", "--edition=2021", "--crate-type=lib", "--emit=metadata", "program.rs"), compiles=True
    )
    return Toolchain((compile_it, Step((f"{SCRATCH}/program",))), (root,), check=check)


def _go(_memory_mb: int) -> Toolchain | None:
    root = _asked("go", "env", "GOROOT") if shutil.which("go") else None
    if root is None:
        return None
    cache_folders = (("GOCACHE", f"{SCRATCH}/.go"), ("GOPATH", f"{SCRATCH}/.gopath"), ("GOTELEMETRY", "off"))
    compile_it = Step((f"{root}/bin/go", "build", "-o", "program", "program.go"), compiles=True)
    check = Step((f"{root}/bin/go", "vet", "program.go"), compiles=True)
    environment = (*cache_folders, ("GOROOT", root), ("CGO_ENABLED", "0"))
    return Toolchain((compile_it, Step((f"{SCRATCH}/program",))), (root,), environment, check)


def _java(memory_mb: int) -> Toolchain | None:
    java, javac = _tool("java"), _tool("javac")
    if java is None or javac is None:
        return None
    common = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:-UsePerfData")
    heap = f"-Xmx{max(16, memory_mb * 3 // 4)}m"
    # Java runs a source file of one or more classes by itself: the first class's main
    run = Step((java, *common, heap, "Main.java"))
    settings = tuple(str(path) for path in Path("/etc").glob("java-*"))
    check = Step((javac, "-proc:none", "-d", "classes", "Main.java"), compiles=True)
    return Toolchain((run,), (*_home(java), *settings), check=check)


LANGUAGES: Final = (
    ProgramLanguage("python", "program.py", _python, "", ("py", "python3", "py3")),
    ProgramLanguage(
        "javascript", "program.js", _javascript, "install nodejs", ("js", "node", "nodejs", "mjs", "cjs"), reserves=True
    ),
    ProgramLanguage("bash", "program.sh", _bash, "install bash", ("sh", "shell")),
    ProgramLanguage("c", "program.c", _compiled_by("gcc", "program.c", "-std=gnu17"), "install gcc"),
    ProgramLanguage(
        "cpp", "program.cpp", _compiled_by("g++", "program.cpp", "-std=gnu++20"), "install g++", ("c++", "cc", "cxx")
    ),
    ProgramLanguage("rust", "program.rs", _rust, "install rustc and cc", ("rs",)),
    ProgramLanguage("go", "program.go", _go, "install golang", ("golang",), reserves=True),
    ProgramLanguage("java", "Main.java", _java, "install a JDK", (), reserves=True),
)
BY_NAME: Final = {name: language for language in LANGUAGES for name in (language.name, *language.aliases)}


def interpreter() -> tuple[str, tuple[str, ...]]:
    """The interpreter that runs this process, without its virtual environment, and the files that it needs of its own."""
    program = str(Path(sys.executable).resolve())
    paths = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    base = Path(sys.base_prefix)
    shared = {str(path) for path in (base / "lib").glob("libpython*.so*")}
    standard = {
        str(base / Path(path).relative_to(sys.prefix)) if path.startswith(sys.prefix) else path for path in paths
    }
    return program, (program, *sorted(standard | shared))


def libraries() -> tuple[str, ...]:
    """The folders with the system's shared libraries, and where to find them; no more than an interpreter needs."""
    multiarch = sysconfig.get_config_var("MULTIARCH")
    own = f"/usr/lib/{multiarch}"
    folders = (own, "/usr/lib64") if multiarch and Path(own).is_dir() else ("/usr/lib", "/usr/lib64")
    real = [folder for folder in folders if Path(folder).is_dir() and not Path(folder).is_symlink()]
    return (*real, *(path for path in _SETTINGS[:1] if Path(path).exists()), *_real(("/lib", "/lib64")))


def system() -> tuple[str, ...]:
    """The folders with the system's tools, libraries and headers."""
    real = [path for path in (*_SYSTEM, *_SETTINGS) if Path(path).exists() and not Path(path).is_symlink()]
    return (*real, *_real(_LIBRARIES))


def _real(folders: tuple[str, ...]) -> Iterator[str]:
    return (folder for folder in folders if Path(folder).is_dir() and not Path(folder).is_symlink())


def links() -> list[tuple[str, str]]:
    """Folders of the root that are links on this machine, as (target, path)."""
    return [(str(Path(folder).readlink()), folder) for folder in _LIBRARIES if Path(folder).is_symlink()]
