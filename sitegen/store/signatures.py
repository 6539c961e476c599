"""Signatures of ingested texts, so that a new text is compared with all without reading them. Only a cache."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sitegen.store.source_tree import write_atomically


class SignatureFile:
    """(date, signature) by article id, in one file that may be deleted at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, tuple[str, bytes]])
        except (OSError, msgspec.MsgspecError):
            self._known = {}

    def get(self, id_: str) -> tuple[str, bytes] | None:
        """Date and signature of an article, or None if it is not known."""
        return self._known.get(id_)

    def set(self, id_: str, date: str, signature: bytes) -> None:
        """Remember an article's date and signature."""
        self._known[id_] = (date, signature)

    def save(self) -> None:
        """Write the file."""
        write_atomically(self._path, msgspec.msgpack.encode(self._known))
