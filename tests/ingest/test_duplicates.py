"""Texts that resemble each other."""

from __future__ import annotations

import random
import time

from sitegen.digest import sha256_hex
from sitegen.ingest.duplicates import MOST, DuplicateIndex, signature

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS)


def changed(count: int, seed: int = 1) -> str:
    words = list(WORDS)
    for place in random.Random(seed).sample(range(len(words)), count):
        words[place] = f"other{place}"
    return " ".join(words)


def test_signature_is_the_same_everywhere() -> None:
    """A signature is a pure function of the words: this one may never change."""
    assert signature(TEXT) == signature(TEXT.upper().replace(" ", ",\n "))
    assert len(signature(TEXT)) == 272
    assert sha256_hex(signature(TEXT))[:16] == "a08c170d72f7edc3"


def test_texts_without_words_have_none() -> None:
    """An empty text resembles nothing."""
    index = DuplicateIndex()
    assert signature(" … ") == b""
    assert index.add("a", "", b"") == []
    assert index.lookup(b"") == []
    assert len(index) == 0


def test_equal_and_near_texts_are_found() -> None:
    """Equal words are 1.0; a few changed words are found below that; other texts are not."""
    index = DuplicateIndex()
    index.add("a", "2001", signature(TEXT))
    index.add("z", "2001", signature(" ".join(f"thing{number}" for number in range(400))))
    assert index.add("b", "2002", signature(TEXT.title())) == [("a", 1.0)]
    near = index.lookup(signature(changed(6)))
    assert [id_ for id_, _ in near] == ["a", "b"]
    assert all(0.8 <= share < 1.0 for _, share in near)
    assert index.lookup(signature(changed(200))) == []


def test_estimate_is_close() -> None:
    """The estimated resemblance follows the true one."""
    index = DuplicateIndex(threshold=0.0)
    index.add("a", "", signature(TEXT))
    broken = changed(20)
    shingles = [{tuple(text.split()[i : i + 3]) for i in range(398)} for text in (TEXT, broken)]
    true = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    ((_, share),) = index.lookup(signature(broken))
    assert abs(share - true) < 0.2


def test_a_text_added_again_takes_the_place_of_its_old_self() -> None:
    """An id has one text."""
    index = DuplicateIndex()
    index.add("a", "", signature(TEXT))
    assert index.add("a", "", signature(changed(300))) == []
    assert index.lookup(signature(TEXT)) == []
    assert len(index) == 1


def test_short_texts_are_compared_whole() -> None:
    """One or two words are enough for equality."""
    index = DuplicateIndex()
    index.add("a", "", signature("Hello"))
    assert index.lookup(signature("hello!")) == [("a", 1.0)]
    assert index.lookup(signature("Goodbye")) == []


def test_a_text_repeated_everywhere_costs_no_more() -> None:
    """Hundreds of equal texts are linked to a bounded number, in bounded time."""
    index = DuplicateIndex()
    sign = signature(TEXT)
    started = time.process_time()
    for number in range(300):
        found = index.add(f"{number:05}", "", sign)
    assert len(found) == MOST
    assert time.process_time() - started < 20


def test_long_texts_are_read_in_blocks() -> None:
    """Length makes no difference to what is found."""
    long = " ".join(f"w{number * number % 7919}" for number in range(30_000))
    index = DuplicateIndex()
    index.add("a", "", signature(long))
    assert index.lookup(signature(long + " end"))[0][0] == "a"
