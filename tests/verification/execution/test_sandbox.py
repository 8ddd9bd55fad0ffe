"""Programs of strangers: what each limit stops, and that nothing of one program reaches the next or this machine."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.verification.execution import proof, sandbox
from tasks.verification.execution.workers import WorkerPool

pytestmark = pytest.mark.usefixtures("sandboxed")


def processes() -> set[str]:
    """What runs on this machine and has this test's mark in its command or environment, by process id."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.add(f"{entry.name} {(entry / 'comm').read_text().strip()}")
            except OSError:
                continue
    return found


def test_a_program_answers_with_what_it_wrote_and_its_exit_code() -> None:
    run = sandbox.run("import sys; print(input()); print('no', file=sys.stderr); sys.exit(3)", stdin="hello\n")
    assert run == sandbox.Run("hello\n", "no\n", 3, None)


def test_an_error_is_shown_as_the_interpreter_shows_it() -> None:
    run = sandbox.run("def f():\n    return 1 / 0\nf()\n")
    assert run.exit_code == 1
    assert run.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert run.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert "harness" not in run.stderr
    assert "worker" not in run.stderr


@pytest.mark.parametrize(
    ("code", "killed_by"),
    [
        ("while True: pass", "time"),
        ("import time; time.sleep(60)", "time"),
        ("import signal\nfor n in range(1, 32):\n  try: signal.signal(n, signal.SIG_IGN)\n  except OSError: 0\nwhile 1: 0", "time"),
        ("bytearray(10 * 1024**3)", "memory"),
        ("x = []\nwhile True: x.append('a' * 10**6)", "memory"),
        ("import os, time\nfor _ in range(3): os.fork()\nx = b'a' * (100 << 20)\ntime.sleep(30)", "memory"),
        ("import mmap, time\nx = mmap.mmap(-1, 600 << 20)\nx.write(b'a' * (600 << 20))\ntime.sleep(30)", "memory"),
        ("while True: print('x' * 1000)", "output"),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output"),
        ("import os\nwhile True: os.fork()", "processes"),
        ("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", "processes"),
    ],
)  # fmt: skip
def test_each_limit_ends_a_program_and_is_named(code: str, killed_by: str) -> None:
    begun = time.monotonic()
    run = sandbox.run(code, seconds=3 if killed_by == "time" else 20)
    limits = {"processes", "memory"} if killed_by == "processes" else {killed_by}  # which a crowd of forks meets first
    assert run.killed_by in limits, run
    assert run.exit_code != 0
    assert len(run.stdout) <= sandbox.OUTPUT_BYTES
    assert time.monotonic() - begun < 45


@pytest.mark.parametrize(
    "code",
    ["f = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20)", "i = 0\nwhile True:\n  open(str(i), 'w')\n  i += 1"],
)
def test_scratch_is_of_limited_size_and_clean_for_the_next_program(code: str) -> None:
    assert "No space left" in sandbox.run(code).stderr
    assert sandbox.run("import os; print(os.listdir('.'))").stdout == "['program.py']\n"


def test_nothing_outside_scratch_can_be_written() -> None:
    code = """
import os
for folder, _, _ in os.walk('/'):
    if not folder.startswith(('/proc', '/scratch')):
        try:
            open(os.path.join(folder, 'x'), 'w')
            print(folder)
        except OSError:
            pass
"""
    assert sandbox.run(code, seconds=20).stdout == ""


def test_secrets_of_this_machine_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("password")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    code = f"""
import os
paths = ['/etc/passwd', '/etc/shadow', os.path.expanduser('~/.ssh'), '/root/.ssh', '/home', {str(tmp_path / "secret")!r},
         '/proc/1/environ', '/proc/1/root/etc/passwd', '/proc/1/cwd/etc/passwd', {str(Path(sandbox.__file__))!r}, '/var', '/work']
for path in paths:
    try:
        print(path, os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError:
        pass
for name in os.listdir('/proc'):
    for file in ('environ', 'cmdline'):
        try:
            text = open(f'/proc/{{name}}/{{file}}').read()
        except OSError:
            continue
        if 'sk-secret' in text:
            print('key', name)
print([name for name in os.environ if 'KEY' in name])
"""
    assert sandbox.run(code).stdout == "[]\n"


def test_a_link_out_of_scratch_leads_nowhere() -> None:
    code = """
import os
os.symlink('/etc/hostname', 'a')
os.symlink('/proc/1/root', 'b')
print([path for path in ('a', 'b/etc') if os.path.exists(path)])
"""
    assert sandbox.run(code).stdout == "[]\n"


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on loopback on which somebody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_there_is_no_network(listening: int) -> None:
    code = f"""
import socket
loopback, outside, six = ('127.0.0.1', {listening}), ('1.1.1.1', 53), ('::1', {listening})
for family, address in ((socket.AF_INET, loopback), (socket.AF_INET, outside), (socket.AF_INET6, six)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            socket.socket(family, kind).connect(address)
            print('connected', address)
        except OSError:
            pass
print([line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]])
"""
    assert sandbox.run(code).stdout == "['lo']\n"


def test_a_daemon_is_dead_when_run_returns() -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('/proc/self/comm', 'w').write('lingerer')
        time.sleep(60)
    os._exit(0)
time.sleep(0.3)
print('done')
"""
    assert sandbox.run(code).stdout == "done\n"
    assert not [one for one in processes() if "lingerer" in one]


def test_signals_and_tracing_reach_nobody() -> None:
    code = """
import ctypes, os
for process in (1, os.getppid(), -1):
    for number in (9, 15, 19, 2):
        try:
            os.kill(process, number)
        except OSError:
            pass
libc = ctypes.CDLL(None)
mounted = libc.mount(b'x', b'/scratch', b'tmpfs', 0, b'')
print(libc.ptrace(16, 1, 0, 0), libc.unshare(0x10000000), mounted, libc.setuid(0) if os.getuid() else -1)
"""
    assert sandbox.run(code).stdout == "-1 -1 -1 -1\n"
    assert sandbox.run("print(1)").stdout == "1\n"


def test_a_program_has_no_capabilities_and_cannot_gain_any() -> None:
    code = """
names = ('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp:')
print([line.split()[1] for line in open('/proc/self/status') if line.startswith(names)])
"""
    assert sandbox.run(code).stdout == f"{['0' * 16] * 3 + ['1', '2']}\n"


def test_one_program_cannot_influence_the_next() -> None:
    spoiler = """
import builtins, json, os, sys
builtins.print = json.dumps = None
sys.path.clear()
os.environ['X'] = '1'
open('left', 'w')
"""
    sandbox.run(spoiler)
    run = sandbox.run(
        "import json, os, random; print(json.dumps(1), os.environ.get('X'), os.listdir('.'), random.__name__)"
    )
    assert run.stdout == "1 None ['program.py'] random\n", run


def test_a_huge_standard_input_is_read_or_left_alone() -> None:
    data = "x" * 20_000_000
    assert sandbox.run("import sys; print(len(sys.stdin.read()))", stdin=data).stdout == "20000000\n"
    assert sandbox.run("print('unread')", stdin=data).stdout == "unread\n"
    with pytest.raises(BadInput, match="64 MiB"):
        sandbox.run("", stdin="x" * (65 << 20))


def test_bytes_that_are_no_text_come_back_as_text() -> None:
    assert sandbox.run("import sys; sys.stdout.buffer.write(b'\\xff ok \\xc3')").stdout == "\ufffd ok \ufffd"


@pytest.mark.parametrize("code", ["print('\ud800')", "print(1)\0", "def"])
def test_text_that_is_no_program_is_an_error_of_the_program(code: str) -> None:
    run = sandbox.run(code)
    assert run.exit_code == 1
    assert "SyntaxError" in run.stderr


@settings(max_examples=30)
@given(st.text(max_size=200), st.text(max_size=50))
def test_any_text_is_a_program_that_ends(code: str, stdin: str) -> None:
    run = sandbox.run(code, stdin=stdin, seconds=2)
    assert isinstance(run, sandbox.Run)


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=200))
def test_what_is_written_is_what_is_read(text: str) -> None:
    assert sandbox.run("import sys; sys.stdout.write(sys.stdin.read())", stdin=text).stdout == text


def test_many_at_once_each_get_their_own_answer() -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: sandbox.run(f"print({n})").stdout, range(40)))
    assert answers == [f"{n}\n" for n in range(40)]


def test_memory_of_this_process_stays_flat() -> None:
    import resource

    for _ in range(5):
        sandbox.run("print('x' * 1000000)")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(30):
        sandbox.run("print('x' * 1000000)")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16_000


def test_a_worker_that_was_killed_is_replaced() -> None:
    sandbox.run("print(1)")
    for worker in [worker for idle in sandbox.POOL._idle.values() for worker in idle]:
        worker._process.kill()
    assert sandbox.run("print(2)").stdout == "2\n"


def test_a_killed_host_leaves_no_program_behind() -> None:
    code = "import os\nopen('/proc/self/comm', 'w').write('orphaned')\nwhile True: pass"
    script = f"from tasks.verification.execution import sandbox; sandbox.run({code!r}, seconds=60)"
    host = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[3])
    try:
        deadline = time.monotonic() + 30
        while not any("orphaned" in one for one in processes()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        os.kill(host.pid, signal.SIGKILL)
        host.wait()
    deadline = time.monotonic() + 10
    while any("orphaned" in one for one in processes()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_limits_that_are_none_and_unknown_languages_are_bad_input() -> None:
    for wrong in ({"seconds": 0}, {"memory_mb": 1}, {"seconds": float("nan")}):
        with pytest.raises(BadInput):
            sandbox.run("", **wrong)  # type: ignore[arg-type]
    with pytest.raises(sandbox.Unavailable, match="cobol"):
        sandbox.run("", "cobol")


PROGRAMS = {
    "javascript": ("console.log(require('fs').readFileSync(0, 'utf8').length)", "let = ("),
    "bash": ('read x; echo "${#x}"', "if then"),
    "c": ('#include <stdio.h>\nint main(){char b[99];scanf("%s",b);puts("3");}', "int main({"),
    "cpp": ("#include <iostream>\nint main(){std::string s;std::cin>>s;std::cout<<s.size()<<'\\n';}", "int main({"),
    "rust": ('fn main(){let mut s=String::new();std::io::stdin().read_line(&mut s).unwrap();println!("{}",s.len());}', "fn main({"),
    "go": ('package main\nimport "fmt"\nfunc main(){var s string;fmt.Scan(&s);fmt.Println(len(s))}', "package main\nfunc main({"),
    "java": (
        "class A{public static void main(String[] a){"
        "System.out.println(new java.util.Scanner(System.in).next().length());}}",
        "class A {",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_language_runs_where_its_tool_is_found(language: str) -> None:
    program, broken = PROGRAMS[language]
    if not sandbox.available(language):
        with pytest.raises(sandbox.Unavailable, match="not available"):
            sandbox.run(program, language)
        return
    run = sandbox.run(program, language, stdin="abc", seconds=20)
    assert (run.stdout, run.exit_code, run.killed_by) == ("3\n", 0, None), run
    assert sandbox.check(program, language).exit_code == 0
    assert sandbox.check(broken, language).exit_code != 0
    assert sandbox.run(broken, language, seconds=20).stderr


def test_other_interpreters_stand_under_the_same_limits() -> None:
    run = sandbox.run(
        ":(){ :|:& };: ; wait; cat /etc/passwd; echo > /usr/x; exec 3<>/dev/tcp/1.1.1.1/53", "bash", seconds=2
    )
    assert run.stdout == ""
    if sandbox.available("javascript"):
        run = sandbox.run("const a=[];for(;;)a.push(Buffer.alloc(1e7,1))", "javascript", seconds=20)
        assert run.killed_by == "memory", run


def test_where_nothing_is_safe_a_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import ctypes, sys; from tasks.verification.execution.inside import kernel, syscalls; syscalls.restrict()\n"
        "from tasks.verification.execution import sandbox\n"
        "try: sandbox.run('print(1)')\nexcept sandbox.NoSandbox as error: print(error.exit_code, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False
    )
    if "socket" not in done.stderr:
        assert re.match(r"2 nothing here can run .*install bubblewrap", done.stdout), done
        assert len(done.stdout.splitlines()) == 1


def test_a_pool_of_ones_own_ends_with_all_its_workers() -> None:
    pool = WorkerPool()
    assert pool.method() in {"namespaces", "bubblewrap"}
    pool.close()


def test_every_limit_is_tried_and_holds() -> None:
    assert [(one.limit, one.what) for one in proof.prove() if not one.held] == []
    assert "tried and held: time, memory" in proof.summary()
