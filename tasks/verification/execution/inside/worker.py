"""The worker: process 1 of a sandbox. It waits for programs on a socket and forks a child for each.

The worker itself reads no request, so that nothing of one program can reach the next. For each request a child (the overseer)
- reads it, takes mount and process namespaces of its own, and mounts a scratch folder of limited size;
- starts process 1 of the new process namespace (the keeper), which shows /proc of that namespace and starts the program;
- watches time, memory, processes and output, and kills the keeper, with which the kernel kills everything that the program started;
- answers when all of that is dead.
Frames: a line of JSON, behind it the bytes whose lengths it gives.
"""

import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tasks.verification.execution.inside import kernel, program

_TICK: Final = 0.02
"""Seconds between two looks at memory and processes."""
_CHUNK: Final = 1 << 16
_LONGEST_HEADER: Final = 1 << 20
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Serve the socket with the number of the first argument until its other end is closed."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    uid = _mapped(int(sys.argv[2]))
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    connection.sendall(b'{"ready": true}\n')
    gc.freeze()  # children share the memory of what stands here, for as long as nothing touches it
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    while True:
        readable.poll()
        if not connection.recv(1, socket.MSG_PEEK):
            os._exit(0)
        child = os.fork()
        if child == 0:
            _oversee(connection, uid)
        os.waitpid(child, 0)


def _mapped(uid: int) -> int | None:
    """`uid`, unless it is 0 or this user namespace does not know it."""
    with suppress(OSError):
        ranges = [line.split() for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()]
        if not any(int(first) <= uid < int(first) + int(count) for first, _, count in ranges):
            return None
    return uid or None


def _oversee(connection: socket.socket, uid: int | None) -> None:
    code = 1
    try:
        request, contents = _received(connection)
        answer, out, err = _Overseen(request, contents, connection, uid).run()
        connection.sendall(json.dumps(answer).encode() + b"\n" + out + err)
        code = 0
    except OSError as error:
        with suppress(OSError):
            connection.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
    finally:
        os._exit(code)


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    """The request, and the contents of its files and of standard input, in their order."""
    with connection.makefile("rb") as stream:
        request = json.loads(stream.readline(_LONGEST_HEADER))
        return request, [stream.read(size) for size in (*request["files"].values(), request["stdin"])]


class _Overseen:
    """One program from its files to its end."""

    def __init__(
        self, request: dict[str, Any], contents: list[bytes], connection: socket.socket, uid: int | None
    ) -> None:
        self.request, self.connection, self.uid = request, connection, uid
        self.processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        kernel.unshare(kernel.NEWNS | kernel.NEWPID)
        kernel.mount("", "/", flags=kernel.PRIVATE | kernel.REC)
        with suppress(OSError):
            kernel.unmount(str(Path(__file__).parent))
        options = f"size={request['disk_bytes']},nr_inodes={request['files_at_most']},mode=700"
        kernel.mount("scratch", program.SCRATCH, "tmpfs", kernel.NOSUID | kernel.NODEV, options)
        for name, content in zip(request["files"], contents, strict=False):
            Path(program.SCRATCH, name).write_bytes(content)
            self._give(Path(program.SCRATCH, name))
        self._give(Path(program.SCRATCH))
        self.stdin = _read_only(contents[-1])
        self.output: list[bytearray] = [bytearray(), bytearray()]
        self.killed_by: str | None = None
        self.exit_code: int | None = None
        self.step, self.deadline, self.looked = -1, time.monotonic() + 60, time.monotonic()

    def _give(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)

    def run(self) -> tuple[dict[str, Any], bytes, bytes]:
        """Start it, watch it, end it; its answer and what it wrote."""
        out, err, status = os.pipe(), os.pipe(), os.pipe()
        keeper = os.fork()
        if keeper == 0:
            _keep(self.request["steps"], (self.stdin, out[1], err[1]), status[1], self.uid)
        for _, written in (out, err, status):
            os.close(written)
        try:
            self._watch({out[0]: 0, err[0]: 1}, status[0])
        finally:
            os.kill(keeper, signal.SIGKILL)
            os.waitpid(keeper, 0)
        self._drain({out[0]: 0, err[0]: 1})
        killed_by = self.killed_by or _by_signal(self.exit_code)
        code = -signal.SIGKILL if self.exit_code is None else self.exit_code
        answer = {"exit_code": code, "killed_by": killed_by, "step": self.step}
        first, second = (bytes(one[: self.request["output_bytes"]]) for one in self.output)
        return {**answer, "out": len(first), "err": len(second)}, first, second

    def _watch(self, streams: dict[int, int], status: int) -> None:
        poll = select.poll()
        for descriptor in (*streams, status):
            poll.register(descriptor, select.POLLIN)
        poll.register(self.connection, select.POLLHUP)
        while self.killed_by is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.killed_by = "time"
                return
            for descriptor, event in poll.poll(1000 * min(left, _TICK) + 1):
                if descriptor == self.connection.fileno():
                    os._exit(1)
                if descriptor == status:
                    if not self._news(os.read(status, _CHUNK)):
                        return
                elif not self._take(descriptor, streams[descriptor]) or event & select.POLLNVAL:
                    poll.unregister(descriptor)
            self._look()

    def _news(self, said: bytes) -> bool:
        """What the keeper reports: S when a step begins, the last one's exit code at the end. False: it has ended."""
        for word in said.split():
            if word == b"S":
                self.step += 1
                self.deadline = time.monotonic() + self.request["steps"][self.step]["seconds"]
            else:
                self.exit_code = int(word)
        return bool(said) and self.exit_code is None

    def _take(self, descriptor: int, which: int) -> bool:
        data = os.read(descriptor, _CHUNK)
        self.output[which] += data
        if len(self.output[which]) > self.request["output_bytes"]:
            self.killed_by = self.killed_by or "output"
        return bool(data)

    def _drain(self, streams: dict[int, int]) -> None:
        for descriptor, which in streams.items():
            while len(self.output[which]) <= self.request["output_bytes"] and self._take(descriptor, which):
                pass
            os.close(descriptor)

    def _look(self) -> None:
        """Add up memory and processes, every so often."""
        now = time.monotonic()
        if now - self.looked < _TICK or self.step < 0:
            return
        self.looked = now
        step = self.request["steps"][self.step]
        tasks, resident, names = self._counted()
        if tasks >= step["processes"]:
            self.killed_by = "processes"
        elif resident > step["memory_bytes"] and self._shared_once(names, resident) > step["memory_bytes"]:
            self.killed_by = "memory"

    def _counted(self) -> tuple[int, int, list[str]]:
        """Processes and threads of the program, their resident bytes (shared ones as often as they are shared), and their ids."""
        tasks = resident = 0
        names = []
        for name in os.listdir(self.processes):  # noqa: PTH208  a descriptor
            if name.isdigit() and name not in {"1", str(os.getpid())} and (fields := self._stat(name)):
                tasks += int(fields[17])
                resident += int(fields[21]) * _PAGE
                names.append(name)
        return tasks - 1, resident, names  # the keeper is none of its processes

    def _stat(self, name: str) -> list[str] | None:
        text = self._read(f"{name}/stat")
        return text.rpartition(")")[2].split() if text else None

    def _shared_once(self, names: list[str], resident: int) -> int:
        total = 0
        for name in names:
            lines = self._read(f"{name}/smaps_rollup").splitlines()
            sizes = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
            if not sizes and self._stat(name):
                return resident
            total += sum(sizes) * 1024
        return total

    def _read(self, path: str) -> str:
        try:
            descriptor = os.open(path, os.O_RDONLY, dir_fd=self.processes)
        except OSError:
            return ""
        try:
            return os.read(descriptor, _CHUNK).decode("utf-8", "replace")
        except OSError:
            return ""
        finally:
            os.close(descriptor)


def _by_signal(code: int | None) -> str | None:
    names: dict[int, str] = {signal.SIGXCPU: "time", signal.SIGXFSZ: "disk", signal.SIGSYS: "system_call"}
    return names.get(-code) if code is not None and code < 0 else None


def _read_only(content: bytes) -> int:
    """Standard input: a file in memory that nobody can change."""
    descriptor = os.memfd_create("stdin", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def _keep(steps: list[dict[str, Any]], streams: tuple[int, int, int], status: int, uid: int | None) -> None:
    """Process 1 of the program's namespace: start each step in turn, up to the first that fails, and report how it ended."""
    code = 127
    try:
        kernel.prctl(kernel.DUMPABLE, 0)
        _own_proc()
        for step in steps:
            os.write(status, b"S ")
            child = os.fork()
            if child == 0:
                try:
                    program.become(step, streams, uid)
                finally:
                    os._exit(126)
            code = _ended(child)
            if code:
                break
    finally:
        os.write(status, f"{code}".encode())
        signal.pause()


def _own_proc() -> None:
    try:
        kernel.mount("proc", "/proc", "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    except OSError:
        with suppress(OSError):
            kernel.unmount("/proc")


def _ended(child: int) -> int:
    while True:
        process, status = os.wait()
        if process == child:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
