"""Digests: what identifies bytes and fingerprints views."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def sha256_hex(data: bytes) -> str:
    """Hex SHA-256 of bytes: for what people verify (raw files, pages)."""
    return hashlib.sha256(data).hexdigest()


def short_digest(data: bytes) -> str:
    """128-bit BLAKE2b as 32 hex digits: for what only the program compares."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def value_digest(*values: Any) -> str:
    """Digest of msgspec-encodable values, independent of dict order and process."""
    return short_digest(_encode(values))


def generated_id(*parts: str) -> str:
    """A 64-bit id as 16 hex digits from whatever identifies a raw article (URL, path, digest)."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
