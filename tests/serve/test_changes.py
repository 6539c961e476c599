"""Changed paths come in batches: at once where there is one, together where there are many."""

from __future__ import annotations

import threading
import time

from sitegen.serve import changes as changes_module
from sitegen.serve.changes import Batch, Changes


def test_one_change_is_taken_at_once() -> None:
    """A single saved file waits for some milliseconds only."""
    changes = Changes()
    changes.add(["content/articles/a.md"])
    before = time.monotonic()
    batch = changes.take(120)
    assert batch is not None
    assert batch.paths == {"content/articles/a.md"}
    assert not batch.everything
    assert time.monotonic() - before < 60
    assert not changes.waiting


def test_a_file_that_is_being_written_is_waited_for() -> None:
    """Until it is closed, or nothing is heard of it for a moment."""
    clock = [100.0]
    changes = Changes(lambda: clock[0])
    changes.add(["a"], settled=False)
    assert changes._quiet() == changes_module._UNSETTLED
    changes.add(["a"])
    assert changes._quiet() == changes_module.QUIET
    clock[0] += 1
    assert changes.take(1) == Batch(frozenset(["a"]), everything=False, since=100.0)


def test_changes_that_keep_coming_are_taken_together_but_not_forever() -> None:
    """A batch grows while news come, for a second at most."""
    changes = Changes()
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            changes.add([str(number)])
            number += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=write)
    thread.start()
    end = time.monotonic() + 60
    together = 0
    while together < 2 and time.monotonic() < end:  # on a busy machine the other thread may pause
        batch = changes.take(60)
        together = len(batch.paths) if batch else 0
    stop.set()
    thread.join()
    assert together > 1


def test_a_crowd_of_changes_means_looking_everywhere(monkeypatch) -> None:
    """Beyond so many paths each one is not worth its look."""
    monkeypatch.setattr(changes_module, "_CROWD", 3)
    monkeypatch.setattr(changes_module, "_CROWD_QUIET", 0.01)
    changes = Changes()
    changes.add("abcd")
    batch = changes.take(5)
    assert batch is not None
    assert batch.everything
    changes.add("abc")
    batch = changes.take(5)
    assert batch is not None
    assert not batch.everything


def test_anything_may_have_changed() -> None:
    """Where notices were lost, all is looked at, once."""
    changes = Changes()
    changes.add_everything()
    assert changes.waiting
    batch = changes.take(5)
    assert batch is not None
    assert batch.everything
    assert changes.take(0) is None


def test_nothing_comes_of_waiting_in_vain_or_once_closed() -> None:
    """The taker goes on after a while, and for good when the server stops."""
    changes = Changes()
    assert changes.take(0.01) is None
    thread = threading.Timer(0.02, changes.close)
    thread.start()
    assert changes.take() is None
    changes.add(["a"])
    assert changes.take() is None
    thread.join()


def test_batches_are_put_together() -> None:
    """What could not be worked off goes with what comes next, and counts from its own time."""
    first = Batch(frozenset("a"), everything=False, since=1.0)
    second = Batch(frozenset("b"), everything=True, since=2.0)
    assert second.together(first) == Batch(frozenset("ab"), everything=True, since=1.0)
