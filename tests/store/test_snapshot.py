"""The snapshot is whole and of this program, or there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.errors import StorageError
from sitegen.store.snapshot import drop_snapshot, read_snapshot, snapshot_path, snapshot_stamp, write_snapshot

ARRAYS = {
    "days": np.array([-5, 0, 7_000], dtype="<i4"),
    "flags": np.array([True, False, True], dtype=np.bool_),
    "kinds": np.array([1, 2, 3, 4, 5], dtype="<u1"),
    "nothing": np.array([], dtype="<i8"),
    "sums": np.array([2**63 + 1], dtype="<u8"),
}


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Facts and arrays of every type, an empty one too, come back as they were."""
    write_snapshot(tmp_path, "program", b"facts", ARRAYS)
    snapshot = read_snapshot(tmp_path, "program")
    assert snapshot is not None
    assert snapshot.facts == b"facts"
    arrays = snapshot.arrays()
    assert arrays is not None
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].tolist() == array.tolist()
        assert not arrays[name].flags.writeable


def test_the_same_state_is_the_same_bytes(tmp_path: Path) -> None:
    """In whatever order the arrays are given, and wherever they lie in memory."""
    write_snapshot(tmp_path, "program", b"facts", ARRAYS)
    first = snapshot_path(tmp_path).read_bytes()
    apart = {name: np.repeat(ARRAYS[name], 2)[::2] for name in reversed(ARRAYS)}
    write_snapshot(tmp_path, "program", b"facts", apart)
    assert snapshot_path(tmp_path).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [snapshot_path(tmp_path).name]


def test_none_where_there_is_none_or_another_programs(tmp_path: Path) -> None:
    """No file, or one that another version wrote, is no snapshot; its stamp still tells that a file is there."""
    assert read_snapshot(tmp_path, "program") is None
    assert snapshot_stamp(tmp_path) == (0, 0)
    write_snapshot(tmp_path, "older", b"facts", ARRAYS)
    assert read_snapshot(tmp_path, "program") is None
    assert snapshot_stamp(tmp_path) != (0, 0)


def test_a_dropped_snapshot_is_gone_and_may_be_dropped_again(tmp_path: Path) -> None:
    """Dropping is done before anything changes, often where there is none."""
    write_snapshot(tmp_path, "program", b"facts", ARRAYS)
    drop_snapshot(tmp_path)
    drop_snapshot(tmp_path)
    assert read_snapshot(tmp_path, "program") is None


@given(st.data())
def test_a_damaged_one_is_none(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Cut short or with any byte changed, it is refused when it is opened or when its arrays are asked for."""
    folder = tmp_path_factory.mktemp("snapshot")
    write_snapshot(folder, "program", b"some facts", ARRAYS)
    whole = snapshot_path(folder).read_bytes()
    if data.draw(st.booleans(), "cut"):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1), "length")]
    else:
        at = data.draw(st.integers(0, len(whole) - 1), "byte")
        damaged = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255), "bits")]) + whole[at + 1 :]
    snapshot_path(folder).write_bytes(damaged)
    snapshot = read_snapshot(folder, "program")
    arrays = snapshot.arrays() if snapshot is not None else None
    if snapshot is not None and arrays is not None:  # A byte of padding, which means nothing.
        assert snapshot.facts == b"some facts"
        assert {name: array.tolist() for name, array in arrays.items()} == {
            name: array.tolist() for name, array in ARRAYS.items()
        }


def test_a_folder_that_is_not_there_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    """Without its folder the snapshot cannot be written."""
    with pytest.raises(StorageError):
        write_snapshot(tmp_path / "gone", "program", b"facts", ARRAYS)
    assert list(tmp_path.iterdir()) == []
