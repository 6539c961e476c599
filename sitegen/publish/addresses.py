"""How targets are named: `folder:/srv/www`, `git:REMOTE#BRANCH`, `s3://…`, `sftp://…`, `rsync:…`."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

from sitegen.errors import UsageError

_USER_INFO = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]*@")


class Address(msgspec.Struct, frozen=True):
    """Where a target is."""

    kind: str
    """`folder`, `git`, `s3`, `sftp` or `rsync`."""
    place: str
    """Folder, remote repository, bucket, host or rsync destination; without a password."""
    path: str = ""
    """Below it: prefix of keys, folder on the host or in the branch."""
    user: str = ""
    password: str = ""
    port: int = 0
    branch: str = ""


def redacted(text: str) -> str:
    """Text in which no password of a URL is left, nor what may be a token that stands for a user."""

    def hide(found: re.Match[str]) -> str:
        on_web = found.string.endswith(("http://", "https://"), 0, found.start())
        return "***@" if on_web or _is_secret(found[0]) else found[0]

    return _USER_INFO.sub(hide, text)


def _is_secret(user_info: str) -> bool:
    """Whether what stands before a host has a password, or is too long for a user's name: hosts' tokens are."""
    return ":" in user_info or len(user_info.rstrip("@")) > 20


def parse_address(text: str) -> Address:
    """Read a target's address.

    Raises:
        UsageError: it names no kind of target that there is.
    """
    if text.startswith("git+"):
        return _git(text.removeprefix("git+"))
    if text.startswith("git:"):
        return _git(text.removeprefix("git:"))
    if text.startswith("folder:"):
        return _folder(text.removeprefix("folder:"))
    if text.startswith("rsync:"):
        return _rsync(text.removeprefix("rsync:"))
    scheme, colon, _ = text.partition("://")
    if colon and scheme == "s3":
        parts = urlsplit(text)
        if parts.netloc and "@" not in parts.netloc:
            return Address("s3", parts.netloc, unquote(parts.path).strip("/"))
    if colon and scheme == "sftp":
        return _sftp(text)
    if colon and scheme == "file":
        return _folder(unquote(urlsplit(text).path))
    if not colon and ("/" in text or "\\" in text or text in (".", "..")):
        return _folder(text)
    raise UsageError(
        f"`{redacted(text)}` names no place to publish to",
        hint="name a target of sitegen.toml, or give folder:DIR, git:REMOTE#BRANCH, s3://BUCKET/PREFIX, "
        "sftp://USER@HOST/DIR or rsync:USER@HOST:DIR",
        code="no-such-target",
    )


def _folder(path: str) -> Address:
    if not path:
        raise UsageError("no folder is named", hint="folder:/srv/www/archive", code="no-such-target")
    return Address("folder", path)


def _git(text: str) -> Address:
    remote, _, rest = text.partition("#")
    branch, _, path = rest.partition(":")
    if not remote or remote.startswith("-"):
        raise UsageError("no repository is named", hint="git:REMOTE#BRANCH, such as git:origin#gh-pages")
    if branch.startswith("-") or re.search(r"[\s~^:?*\[\\\x00-\x1f]|\.\.|//|^/|/$|@\{", branch):
        raise UsageError(f"`{branch}` is no name of a branch", code="no-such-target")
    user = password = ""
    found = _USER_INFO.search(remote)
    if _SECRET.search(remote) or (found and _is_secret(found[0])):
        parts = urlsplit(remote)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        remote = _USER_INFO.sub("", remote)
    return Address("git", remote, path.strip("/"), user, password, branch=branch or "gh-pages")


def _sftp(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError:
        raise UsageError(f"`{redacted(text)}` is no SFTP address", hint="sftp://USER@HOST/DIR") from None
    if not parts.hostname:
        raise UsageError("no host is named", hint="sftp://USER@HOST/DIR", code="no-such-target")
    path = unquote(parts.path)
    # As OpenSSH has it: one slash begins at the root; `/~/` is the home folder.
    path = path.removeprefix("/~/") if path.startswith("/~/") else path
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address("sftp", parts.hostname, path.rstrip("/") or ".", user, password, port)


def _rsync(text: str) -> Address:
    port = 0
    if text.startswith("//"):
        parts = urlsplit("rsync:" + text)
        if parts.password:
            raise UsageError("rsync over SSH takes no password", hint="use an SSH key and an agent")
        user = f"{parts.username}@" if parts.username else ""
        port = parts.port or 0
        text = f"{user}{parts.hostname or ''}:{unquote(parts.path).removeprefix('/~/')}"
    if not text or text.startswith(("-", ":")):
        raise UsageError("no host is named", hint="rsync:USER@HOST:DIR", code="no-such-target")
    return Address("rsync", text.rstrip("/") if text != "/" else text, port=port)
