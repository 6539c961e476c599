"""Real servers on the loopback interface, each in a folder of its own, ended with the test."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


def program(name: str) -> str:
    """Where a program is; the test is skipped where it is not."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if not found:
        pytest.skip(f"{name} is not installed; tests/publish/install.sh installs what most of these tests need")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Until somebody listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10):
            return
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        time.sleep(0.02)
    raise RuntimeError("the server does not answer")


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, with all that it starts."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **options)  # type: ignore[call-overload]
    try:
        wait_for(port, process)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


class SshServer:
    """An `sshd` for the current user, with a key made for the test."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.user = getpass.getuser()
        self.config = folder / "home" / ".ssh" / "config"

    def address(self, place: Path, port: int = 0) -> str:
        """A folder of this machine, seen through SFTP."""
        return f"sftp://{self.user}@127.0.0.1:{port or self.port}{place}"


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Start `sshd` on a free port; keys and settings lie in the folder."""
    daemon, keygen = program("sshd"), program("ssh-keygen")
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for name in (folder / "host_key", home / ".ssh" / "id_ed25519"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(name)], check=True)
    shutil.copy(home / ".ssh" / "id_ed25519.pub", folder / "authorized_keys")
    (folder / "authorized_keys").chmod(0o600)
    port = free_port()
    server = SshServer(folder, port)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 100\nMaxSessions 50\n"
        "Subsystem sftp internal-sftp\n",
        encoding="ascii",
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    key = (folder / "host_key.pub").read_text(encoding="ascii")
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}", encoding="ascii")
    server.config.write_text(
        f"Host *\n  IdentityFile {home}/.ssh/id_ed25519\n  UserKnownHostsFile {home}/.ssh/known_hosts\n"
        "  StrictHostKeyChecking yes\n  IdentityAgent none\n",
        encoding="ascii",
    )
    command = [daemon, "-D", "-e", "-f", str(folder / "sshd_config")]
    with running(command, port, folder / "sshd.log"):
        yield server


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """An S3 service in a process of its own; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, folder / "s3.log"):
        yield f"http://127.0.0.1:{port}"


class Cutter:
    """A line to a server that is cut again and again: after so many bytes that were sent, all connections end."""

    def __init__(self, port: int, every: int) -> None:
        self.target, self.every = port, every
        self.cuts = 0
        self._left = every
        self._closed = False
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._lines: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listening socket was shut down
            while True:
                near, _ = self._server.accept()
                line = threading.Thread(target=self._carry, args=(near,))
                self._lines.append(line)
                line.start()

    def _carry(self, near: socket.socket) -> None:
        """Carry what both ends of a connection say until one of them, or the cutter, ends it."""
        with near, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as far:
            with self._lock:
                if self._closed:
                    return
                self._ends |= {near, far}
            back = threading.Thread(target=self._pump, args=(far, near, False))
            back.start()
            self._pump(near, far, True)
            back.join()
            with self._lock:
                self._ends -= {near, far}

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
                if counted and self._count(len(data)):
                    break
        _hang_up(source, sink)

    def _count(self, size: int) -> bool:
        with self._lock:
            self._left -= size
            if self._left > 0:
                return False
            self.cuts += 1
            # Longer each time, so that whatever has to get through does.
            self._left = self.every = self.every * 5 // 4
            _hang_up(*self._ends)
        return True

    def close(self) -> None:
        """End all connections; afterwards nothing of the line is left."""
        _hang_up(self._server)
        self._accepting.join()
        self._server.close()
        with self._lock:
            self._closed = True
            _hang_up(*self._ends)
        for line in self._lines:
            line.join()


def _hang_up(*ends: socket.socket) -> None:
    """Whoever waits for one of these sockets is told that there is nothing more; closing alone would not wake them."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One real request; redirects are not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:  # type: ignore[override]
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {key.lower(): value for key, value in error.headers.items()}, error.read()
