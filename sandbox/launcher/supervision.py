"""Child processes: started, watched, started again when they die, stopped together. Nothing here knows Django."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from sandbox.launcher.journaux import Journal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
FIRST_DELAY, LONGEST_DELAY, STEADY = 0.5, 30.0, 60.0  # seconds


class Child:
    """One forked process, its own process group, its output read by the supervisor through a pipe."""

    def __init__(self, name: str, target: Callable[[], None], journal: Journal | None) -> None:
        self.name, self.target, self.journal = name, target, journal
        self.pid = self.output = self.status = 0
        self.started_at = self.retry_at = 0.0
        self.delay = FIRST_DELAY

    @property
    def alive(self) -> bool:
        return self.pid > 0

    def start(self) -> None:
        parent = os.getpid()
        reader = writer = 0
        if self.journal is not None:
            reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._run(parent, writer)
        if self.journal is not None:
            os.close(writer)
            os.set_blocking(reader, False)
        self.pid, self.output, self.started_at, self.retry_at = pid, reader, time.monotonic(), 0.0

    def _run(self, parent: int, writer: int) -> None:
        """In the child: never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()  # Ctrl-C reaches the supervisor alone, which stops us in order
            _die_with(parent)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            if writer:
                os.dup2(writer, 1)
                os.dup2(writer, 2)
            self.target()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def read(self, pipe: int) -> bool:
        """Move what the child printed into its log; False when that pipe is closed."""
        try:
            data = os.read(pipe, 65_536)
        except BlockingIOError:
            return True
        if data and self.journal is not None:
            self.journal.write(data)
        return bool(data)

    def kill(self, number: int) -> None:
        """Signal the process, and with SIGKILL all that it forked."""
        try:
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass


def _die_with(parent: int) -> None:
    """Linux: a supervisor killed without a word takes its children along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


class Supervisor:
    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs, self.say = logs, say
        self.journal = Journal(logs / "lancement.log")
        self.children: list[Child] = []
        self.stopping = False
        self.selector = selectors.DefaultSelector()
        self._wakeup, writer = os.pipe()
        for end in (self._wakeup, writer):
            os.set_blocking(end, False)
        self.selector.register(self._wakeup, selectors.EVENT_READ)
        signal.set_wakeup_fd(writer)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _on_stop(self, *_: object) -> None:
        self.stopping = True

    def add(self, name: str, target: Callable[[], None]) -> Child:
        """Start a child that must live as long as we do."""
        child = Child(name, target, Journal(self.logs / f"{name}.log"))
        self.children.append(child)
        self._start(child)
        return child

    def run_once(self, name: str, target: Callable[[], None], meanwhile: Callable[[], None]) -> int | None:
        """A short child that speaks to the terminal; its exit status, None when we were asked to stop first."""
        child = Child(name, target, None)
        child.start()
        self.children.append(child)
        meanwhile()
        while child.alive and not self.stopping:
            self._turn(0.5)
        if not child.alive:
            self.children.remove(child)
        return None if self.stopping else os.waitstatus_to_exitcode(child.status)

    def watch(self, until: Callable[[], bool] = lambda: False, timeout: float = 0.5) -> None:
        """Turn until asked to stop, or until `until` says so."""
        while not self.stopping and not until():
            self._turn(timeout)
            now = time.monotonic()
            for child in self.children:
                if not child.alive and now >= child.retry_at:
                    self._start(child)

    def _start(self, child: Child) -> None:
        child.start()
        self.selector.register(child.output, selectors.EVENT_READ, child)
        self.journal.note(f"{child.name} : processus {child.pid} démarré")

    def _turn(self, timeout: float) -> None:
        for key, _ in self.selector.select(timeout):
            if key.data is None:
                self._drain_wakeup()
            elif not key.data.read(key.fd):
                self.selector.unregister(key.fd)
                os.close(key.fd)
        self._reap()

    def _drain_wakeup(self) -> None:
        try:
            while os.read(self._wakeup, 512):
                pass
        except BlockingIOError:
            pass

    def _reap(self) -> None:
        """Take note of the dead, adopted orphans included (we may be process 1 of a container)."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.pid == pid:
                    self._bury(child, status)

    def _bury(self, child: Child, status: int) -> None:
        child.kill(signal.SIGKILL)  # whatever it had forked and left
        child.pid, child.status = 0, status
        if self.stopping or child.journal is None:
            return
        now = time.monotonic()
        if now - child.started_at > STEADY:
            child.delay = FIRST_DELAY
        child.retry_at = now + child.delay
        text = f"{child.name} s'est arrêté (code {os.waitstatus_to_exitcode(status)}) ; relance dans {child.delay:g} s"
        child.delay = min(child.delay * 2, LONGEST_DELAY)
        self.journal.note(text)
        self.say(f"{text} (journal : {child.journal.path})")

    def stop(self, within: float) -> None:
        """Ask all to end, then insist: nothing of ours is left after `within` seconds."""
        self.stopping = True
        for child in self.children:
            if child.alive:
                child.kill(signal.SIGTERM)
        deadline = time.monotonic() + within
        while any(child.alive for child in self.children) and time.monotonic() < deadline:
            self._turn(0.1)
        for child in self.children:
            if child.alive:
                self.journal.note(f"{child.name} : processus {child.pid} arrêté de force")
                child.kill(signal.SIGKILL)
                os.waitpid(child.pid, 0)
                child.pid = 0
        self.journal.note("arrêt")
