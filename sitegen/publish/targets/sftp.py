"""A folder on a host that lets files in over SSH (SFTP), as most web space does."""

from __future__ import annotations

import contextlib
import errno
import functools
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import paramiko

from sitegen.errors import BusyTargetError, TargetError
from sitegen.publish.addresses import Address
from sitegen.publish.numbered_lists import list_name, newest, older, overtaken, pack, unpack
from sitegen.publish.port import STATE_FOLDER, Upload, temporary_name
from sitegen.publish.targets.folder import foreign

_T = TypeVar("_T")
_LOST = (EOFError, ConnectionError, TimeoutError, paramiko.SSHException)
_TIMEOUT = 60.0


class SftpTarget:
    """One connection, a channel for each thread. Keys come from the agent and `~/.ssh`, settings from its `config`."""

    batch = 4
    jobs = 6
    atomic = False

    def __init__(self, address: Address) -> None:
        self._address = address
        self._top = address.path
        shown = address.path if address.path.startswith("/") else f"/~/{address.path}"
        host = f"{address.user}@{address.place}" if address.user else address.place
        self.name = f"sftp://{host}{f':{address.port}' if address.port else ''}{shown.removesuffix('/.')}"
        self._client: paramiko.SSHClient | None = None
        self._local = threading.local()
        self._lock = threading.Lock()
        self._made: set[str] = set()

    # The connection

    def _connect(self) -> paramiko.SSHClient:
        address = self._address
        home = Path.home() / ".ssh"
        found: dict[str, Any] = {}
        if (home / "config").is_file():
            found = dict(paramiko.SSHConfig.from_path(str(home / "config")).lookup(address.place))
        client = paramiko.SSHClient()
        known = found.get("userknownhostsfile", str(home / "known_hosts")).split()
        for file in (*known, "/etc/ssh/ssh_known_hosts"):
            if Path(file).expanduser().is_file():
                client.load_system_host_keys(str(Path(file).expanduser()))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        proxy = found.get("proxycommand")
        client.connect(
            found.get("hostname", address.place),
            port=address.port or int(found.get("port", 22)),
            username=address.user or found.get("user"),
            password=address.password or None,
            key_filename=found.get("identityfile"),
            timeout=_TIMEOUT,
            banner_timeout=_TIMEOUT,
            auth_timeout=_TIMEOUT,
            sock=paramiko.ProxyCommand(proxy) if proxy else None,
        )
        transport = client.get_transport()
        if transport is not None:
            transport.set_keepalive(20)
        return client

    def _sftp(self) -> paramiko.SFTPClient:
        """The channel of this thread."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            client = self._client
        if getattr(self._local, "client", None) is not client:
            self._local.sftp = client.open_sftp()
            self._local.sftp.get_channel().settimeout(_TIMEOUT)
            self._local.client = client
        channel: paramiko.SFTPClient = self._local.sftp
        return channel

    def _ask(self, question: Callable[[paramiko.SFTPClient], _T], place: str = "") -> _T:
        try:
            return question(self._sftp())
        except paramiko.AuthenticationException as error:
            self.close()
            raise TargetError(
                f"{self.name}: the host did not let us in",
                hint="load your key into the agent (ssh-add), or name it in ~/.ssh/config; `ssh HOST` must work",
                code="target-login",
            ) from error
        except paramiko.BadHostKeyException as error:
            self.close()
            raise TargetError(
                f"{self.name}: the host shows another key than it used to",
                hint="ask its keeper; if the change is right, mend ~/.ssh/known_hosts",
                code="target-login",
            ) from error
        except OSError as error:
            if _is_lost(error):
                raise self._lost(error) from error
            raise self._refused(error, place) from error
        except _LOST as error:
            if "not found in known_hosts" in str(error):
                self.close()
                raise TargetError(
                    f"{self.name}: the host is not known yet",
                    hint="connect once by hand, `ssh HOST`, and compare the key it shows",
                    code="target-login",
                ) from error
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> BusyTargetError:
        self.close()
        return BusyTargetError(
            f"{self.name}: the connection was lost: {error or type(error).__name__}",
            hint="check the connection; the next publish goes on from here",
            code="target-unreachable",
        )

    def _refused(self, error: OSError, place: str) -> TargetError:
        said = error.strerror or str(error)
        hint = "check the permissions there" if error.errno == errno.EACCES else ""
        if said == "Failure":  # All that the protocol has to say.
            said, hint = "the host refused without a reason", "most often a full disk or quota"
        return TargetError(f"{self.name}: {place}: {said}", hint=hint, code="target-refused")

    def close(self) -> None:
        """See `Target`."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    # The port

    def load(self) -> tuple[bytes | None, str]:
        """See `Target`."""

        def question(sftp: paramiko.SFTPClient) -> tuple[bytes | None, str]:
            number = newest(self._names(sftp))
            if not number:
                return None, "0"
            with sftp.open(self._place(f"{STATE_FOLDER}/{list_name(number)}"), "rb") as file:
                file.prefetch()
                return unpack(file.read(), self.name), str(number)

        return self._ask(question, STATE_FOLDER)

    def swap(self, data: bytes, version: str) -> str:
        """See `Target`."""
        number = int(version) + 1
        name = f"{STATE_FOLDER}/{list_name(number)}"

        def question(sftp: paramiko.SFTPClient) -> str:
            if newest(self._names(sftp)) >= number:
                raise overtaken(self.name)
            if not self._create(sftp, name, f"{STATE_FOLDER}/{secrets.token_hex(8)}.tmp", pack(data)):
                raise overtaken(self.name)
            names = self._names(sftp)
            for old in [*older(names, number), *(name for name in names if name.endswith(".tmp"))]:
                self._remove(sftp, f"{STATE_FOLDER}/{old}")
            return str(number)

        return self._ask(question, name)

    def exists(self, path: str) -> bool:
        """See `Target`."""
        return self._ask(lambda sftp: self._is_there(sftp, path), path)

    def put(self, files: Sequence[Upload]) -> None:
        """See `Target`."""
        for file in files:
            data = file.read()
            self._ask(functools.partial(self._put, file=file, data=data), file.path)

    def _put(self, sftp: paramiko.SFTPClient, file: Upload, data: bytes) -> None:
        temporary = temporary_name(file.path)
        if not file.fresh:
            self._write(sftp, temporary, data)
            self._replace(sftp, temporary, file.path)
        elif not self._create(sftp, file.path, temporary, data):
            with sftp.open(self._place(file.path), "rb") as there:
                if there.read() != data:
                    raise foreign(self.name, file.path)

    def delete(self, paths: Sequence[str]) -> None:
        """See `Target`."""
        for path in paths:
            self._ask(functools.partial(self._delete, path=path), path)

    def _delete(self, sftp: paramiko.SFTPClient, path: str) -> None:
        self._remove(sftp, path)
        self._remove(sftp, temporary_name(path))
        folder = path.rpartition("/")[0]
        while folder:
            try:
                sftp.rmdir(self._place(folder))
            except OSError:
                break  # Something else is in it.
            with self._lock:
                self._made.discard(folder)
            folder = folder.rpartition("/")[0]

    # Files over there

    def _place(self, path: str) -> str:
        return f"{self._top.rstrip('/')}/{path}" if path else self._top

    def _names(self, sftp: paramiko.SFTPClient) -> list[str]:
        try:
            names: list[str] = sftp.listdir(self._place(STATE_FOLDER))
        except FileNotFoundError:
            return []
        return names

    def _is_there(self, sftp: paramiko.SFTPClient, path: str) -> bool:
        try:
            sftp.lstat(self._place(path))
        except FileNotFoundError:
            return False
        return True

    def _remove(self, sftp: paramiko.SFTPClient, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            sftp.remove(self._place(path))

    def _write(self, sftp: paramiko.SFTPClient, path: str, data: bytes) -> None:
        for attempt in range(3):  # Another thread may delete a folder that was empty for a moment.
            self._make_folder(sftp, path.rpartition("/")[0])
            try:
                with sftp.open(self._place(path), "wb") as file:
                    file.set_pipelined(True)
                    file.write(data)
                # What the host said to writes that were sent ahead is lost; the size tells of a full disk.
                if sftp.stat(self._place(path)).st_size != len(data):
                    raise OSError("Failure")
                return
            except FileNotFoundError:
                with self._lock:
                    self._made.clear()
                if attempt == 2:
                    raise
            except OSError:
                self._forget(sftp, path)
                raise

    def _forget(self, sftp: paramiko.SFTPClient, path: str) -> None:
        """Take away what was written of a file that could not be: on a full disk it would be in the way."""
        with contextlib.suppress(OSError, *_LOST):
            sftp.remove(self._place(path))

    def _make_folder(self, sftp: paramiko.SFTPClient, folder: str) -> None:
        if folder in self._made:
            return
        parts = self._place(folder).split("/")
        for count in range(len(parts), 0, -1):
            # From the far end, since most folders are there: nothing above the last one that is need be asked for.
            if not parts[count - 1] or self._is_folder(sftp, "/".join(parts[:count])):
                break
        else:
            count = 0
        for more in range(count + 1, len(parts) + 1):
            try:
                sftp.mkdir("/".join(parts[:more]))
            except OSError:
                if not self._is_folder(sftp, "/".join(parts[:more])):  # Another thread may have been quicker.
                    raise
        with self._lock:
            self._made.add(folder)

    def _is_folder(self, sftp: paramiko.SFTPClient, place: str) -> bool:
        try:
            sftp.stat(place)
        except FileNotFoundError:
            return False
        return True

    def _replace(self, sftp: paramiko.SFTPClient, temporary: str, path: str) -> None:
        try:
            sftp.posix_rename(self._place(temporary), self._place(path))
        except OSError as error:
            if "unsupported" not in str(error).lower():
                raise
            # A server that cannot replace in one step: for a moment there is no such file.
            self._remove(sftp, path)
            sftp.rename(self._place(temporary), self._place(path))

    def _create(self, sftp: paramiko.SFTPClient, path: str, temporary: str, data: bytes) -> bool:
        """Make a file whole, in one step, unless there is one; False if there is."""
        if self._is_there(sftp, path):
            return False
        self._write(sftp, temporary, data)
        try:
            sftp.rename(self._place(temporary), self._place(path))  # The plain one refuses to replace.
        except OSError:
            self._remove(sftp, temporary)
            if self._is_there(sftp, path):
                return False
            raise
        return True


_NETWORK = (
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EPIPE,
    errno.ETIMEDOUT,
)


def _is_lost(error: OSError) -> bool:
    """Whether an error is the line's rather than the disk's over there; paramiko raises both without a number."""
    if isinstance(error, (*_LOST, socket.gaierror, paramiko.ssh_exception.NoValidConnectionsError)):
        return True
    return error.errno in _NETWORK or (error.errno is None and "closed" in str(error).lower())
