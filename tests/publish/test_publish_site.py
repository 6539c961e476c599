"""Publishing to a target in memory: what is sent, in which order, what is refused, and what is left after faults."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publish_support import (
    Disk,
    Killed,
    MemoryTarget,
    StillClock,
    cut_every,
    kill_at,
    refuse,
    send,
    small_site,
    without_shards,
)

from sitegen.errors import BusyTargetError, ForeignFileError, LockedError, OvertakenError, TargetError, UsageError
from sitegen.publish.far_list import OpenPublish, decode, encode
from sitegen.publish.headers import IMMUTABLE, REVALIDATE

ARTICLE = "1969/07/a3/index.html"


def published(edition: int = 1) -> Disk:
    """A far side to which one edition was published."""
    disk = Disk()
    send(small_site(edition), MemoryTarget(disk))
    return disk


def shards_are_whole(disk: Disk) -> None:
    """The index at the far side names no shard that is not there."""
    start = disk.files.get("search/index.json")
    missing = [] if start is None else [name for name in ast.literal_eval(start.decode()) if name not in disk.files]
    assert missing == []


# What is sent


def test_a_first_publish_sends_everything_and_a_second_nothing() -> None:
    """The far side equals the site; then not one file goes out."""
    disk = Disk()
    first = send(small_site(), MemoryTarget(disk))
    assert disk.files == small_site()
    assert (first.sent, first.kept, first.deleted, first.generation) == (len(small_site()), 0, 0, 1)
    target = MemoryTarget(disk)
    again = send(small_site(), target)
    assert (again.sent, again.kept, again.generation) == (0, len(small_site()), 1)
    assert target.log == [("load", "")]


def test_only_what_changed_is_sent() -> None:
    """One changed page is one file on its way, and no listing of the far side is asked for."""
    disk = published()
    target = MemoryTarget(disk)
    send({**small_site(), ARTICLE: b"new"}, target)
    assert [entry for entry in target.log if entry[0] in ("put", "delete")] == [("put", ARTICLE)]
    assert [name for name, _ in target.log] == ["load", "swap", "put", "swap"]


def test_the_order_hides_the_change_from_readers() -> None:
    """Shards before the index that names them, assets and new pages before pages that need them, deletes last."""
    disk = published(1)
    target = MemoryTarget(disk)
    target.watch = shards_are_whole
    send(small_site(2), target)
    log = [entry for entry in target.log if entry[0] in ("put", "delete")]
    kinds = [_group(verb, path) for verb, path in log]
    assert kinds == sorted(kinds)
    assert len(set(kinds)) == 7


def _group(verb: str, path: str) -> int:
    if verb == "delete":
        return 9
    if path.startswith("search/w/"):
        return 1
    if path.startswith("assets/"):
        return 2
    if path == "1969/07/a7/index.html":
        return 3
    return 6 if path == "search/index.json" else 5 if path == "index.html" else 4


def test_types_and_cache_lifetimes_go_along() -> None:
    """Names with a digest may be kept for a year, all others are asked for again; text has a charset."""
    uploads = published().uploads
    assert uploads["index.html"].content_type == "text/html; charset=utf-8"
    assert uploads["index.html"].cache_control == REVALIDATE
    assert uploads["search/index.json"].cache_control == REVALIDATE
    assert uploads["search/w/0-ab1c0.js"].cache_control == IMMUTABLE
    assert uploads["assets/style.css"].cache_control == REVALIDATE


def test_old_search_shards_stay_one_publish_longer() -> None:
    """Pages that are open find the shards of their index; the publish after takes them away."""
    disk = published(1)
    old = {path for path in small_site(1) if path.startswith("search/w/")}
    report = send(small_site(2), MemoryTarget(disk))
    assert report.retired == 2
    assert old <= set(disk.files)
    assert without_shards(disk.files) == without_shards(small_site(2))
    send(small_site(3), MemoryTarget(disk))
    assert not old & set(disk.files)
    send(small_site(3), MemoryTarget(disk))
    assert disk.files == small_site(3)


def test_a_shard_that_is_used_again_is_as_young_as_any() -> None:
    """Content that comes back brings its shards back, and they retire again in their time."""
    disk = published(1)
    send(small_site(2), MemoryTarget(disk))
    send(small_site(1), MemoryTarget(disk))
    report = send(small_site(2), MemoryTarget(disk))
    assert report.retired == 2
    assert set(small_site(1)) - set(disk.files) == {"1969/07/a1/index.html"}


def test_a_dry_run_touches_nothing() -> None:
    """It reads the list, and tells steps and sizes."""
    disk = published(1)
    before = dict(disk.files)
    target = MemoryTarget(disk)
    report = send(small_site(2), target, dry_run=True)
    assert (disk.files, target.log) == (before, [("load", "")])
    assert report.sent_bytes == sum(len(small_site(2)[path]) for step in report.steps if step.verb == "put"
                                    for path in step.paths)  # fmt: skip
    assert (report.deleted, report.retired) == (1, 2)


# What is refused


def test_more_deletes_than_allowed_are_refused_before_anything_is_touched() -> None:
    """More than a tenth and more than fifty: a broken build must not empty the site."""
    disk = Disk()
    send(small_site(1, 200), MemoryTarget(disk))
    before = dict(disk.files)
    with pytest.raises(UsageError) as refused:
        send(small_site(1, 100), MemoryTarget(disk))
    assert (refused.value.problem.code, disk.files) == ("too-many-deletes", before)
    assert "100 of 207 files" in refused.value.problem.message
    send(small_site(1, 150), MemoryTarget(disk))  # fifty are no accident
    asked: list[tuple[int, int]] = []
    send(small_site(1, 70), MemoryTarget(disk), confirm=lambda *numbers: asked.append(numbers) or True)
    assert asked == [(80, 157)]
    with pytest.raises(UsageError):
        send(small_site(1, 69), MemoryTarget(disk), max_deletes=0)
    send(small_site(1, 1), MemoryTarget(disk), max_deletes=69)


def test_a_site_that_sitegen_did_not_publish_is_left_alone() -> None:
    """Unless files of the same names may be replaced; the others stay in any case."""
    disk = Disk({"index.html": b"theirs", "other.html": b"theirs"})
    with pytest.raises(UsageError) as refused:
        send(small_site(), MemoryTarget(disk))
    assert refused.value.problem.code == "foreign-site"
    assert disk.files == {"index.html": b"theirs", "other.html": b"theirs"}
    send(small_site(), MemoryTarget(disk), overwrite=True)
    assert disk.files == {**small_site(), "other.html": b"theirs"}


def test_a_foreign_file_in_the_way_is_not_replaced() -> None:
    """It is named, and the rest can go on once it has moved."""
    disk = published(1)
    disk.files["1969/07/a7/index.html"] = b"theirs"
    with pytest.raises(ForeignFileError):
        send(small_site(2), MemoryTarget(disk))
    assert disk.files["1969/07/a7/index.html"] == b"theirs"
    del disk.files["1969/07/a7/index.html"]
    send(small_site(2), MemoryTarget(disk))
    assert without_shards(disk.files) == without_shards(small_site(2))


def test_what_sitegen_did_not_write_is_never_deleted() -> None:
    """Files of others stay through any number of publishes."""
    disk = published(1)
    disk.files |= {"theirs.txt": b"1", "1969/07/theirs.html": b"2", "search/w/0-zzzzz.js": b"3"}
    for edition in (2, 3, 3):
        send(small_site(edition), MemoryTarget(disk), purge=True)
    extra = {"theirs.txt": b"1", "1969/07/theirs.html": b"2", "search/w/0-zzzzz.js": b"3"}
    assert disk.files == {**small_site(3), **extra}


def test_a_damaged_list_stops_everything() -> None:
    """Nothing is assumed about a far side whose list cannot be read."""
    disk = published()
    whole = disk.list or b""
    for damage in (
        b"",
        b"rubbish",
        whole[:-3],
        whole[: whole.rindex(b"\n", 0, -1) + 1],
        (disk.list or b"").replace(b"\t", b" ", 1),
    ):
        broken = Disk(disk.files)
        broken.list = damage
        with pytest.raises(TargetError) as refused:
            send(small_site(2), MemoryTarget(broken))
        assert refused.value.problem.code == "far-list"
        assert broken.files == disk.files


# Takedowns


def test_what_was_taken_down_goes_first() -> None:
    """Before all else its page is replaced, its copies and data files go, then at once the search that found it."""
    disk = Disk()
    old = {**small_site(1), ARTICLE + ".gz": b"packed", "places/x/articles.csv": b"a3"}
    send(old, MemoryTarget(disk))
    new = {**small_site(2), ARTICLE: b"withdrawn"}
    target = MemoryTarget(disk)
    report = send(new, target, withdrawn=[ARTICLE])
    log = [entry for entry in target.log if entry[0] in ("put", "delete")]
    assert log[:4] == [
        ("put", ARTICLE),
        ("put", "feed.xml"),
        ("delete", ARTICLE + ".gz"),
        ("delete", "places/x/articles.csv"),
    ]
    assert [path for _, path in log[4:9]] == [
        "search/w/0-ab2c0.js",
        "search/w/1-ab2c1.js",
        "search/index.json",
        "search/w/0-ab1c0.js",
        "search/w/1-ab1c1.js",
    ]
    assert report.taken_down == ["/1969/07/a3/"]
    assert disk.files == new


def test_a_takedown_is_over_once_it_is_published() -> None:
    """The next publish keeps its shards as ever; an article that comes back and goes again is a takedown again."""
    disk = published(1)
    send({**small_site(1), ARTICLE: b"withdrawn"}, MemoryTarget(disk), withdrawn=[ARTICLE])
    later = send({**small_site(2), ARTICLE: b"withdrawn"}, MemoryTarget(disk), withdrawn=[ARTICLE])
    assert (later.taken_down, later.retired) == ([], 2)
    send(small_site(2), MemoryTarget(disk))
    again = send({**small_site(2), ARTICLE: b"withdrawn"}, MemoryTarget(disk), withdrawn=[ARTICLE])
    assert again.taken_down == ["/1969/07/a3/"]


def test_an_article_that_was_removed_is_taken_down_too() -> None:
    """Its page is deleted first; so are shards that retired one publish ago."""
    disk = published(1)
    send(small_site(2), MemoryTarget(disk))
    site = small_site(3)
    del site[ARTICLE]
    target = MemoryTarget(disk)
    send(site, target, withdrawn=[ARTICLE])
    assert target.log[2] == ("put", "feed.xml")
    assert target.log[3] == ("delete", ARTICLE)
    assert disk.files == site


def test_a_takedown_is_under_no_cap() -> None:
    """Where too much would be deleted, what was taken down goes all the same, with its shards; then it stops."""
    disk = Disk()
    send(small_site(1, 200), MemoryTarget(disk))
    site = {**small_site(2, 20), ARTICLE: b"withdrawn"}
    with pytest.raises(UsageError) as refused:
        send(site, MemoryTarget(disk), withdrawn=[ARTICLE])
    assert refused.value.problem.code == "too-many-deletes"
    assert disk.files[ARTICLE] == b"withdrawn"
    assert not set(disk.files) & {path for path in small_site(1) if path.startswith("search/w/")}
    assert "1969/07/a100/index.html" in disk.files
    shards_are_whole(disk)
    send(site, MemoryTarget(disk), withdrawn=[ARTICLE], max_deletes=200)
    assert disk.files == site


@pytest.mark.parametrize("part", ["search/index.json", "search/w/0-ab2c0.js", "feed.xml"])
def test_old_shards_go_even_if_the_new_ones_cannot_be_written(part: str) -> None:
    """A full disk must not keep what was withdrawn searchable."""
    disk = published(1)
    with pytest.raises(TargetError):
        send({**small_site(2), ARTICLE: b"gone"}, MemoryTarget(disk, fault=refuse("put", part)), withdrawn=[ARTICLE])
    assert disk.files[ARTICLE] == b"gone"
    assert not set(disk.files) & {path for path in small_site(1) if path.startswith("search/w/")}


def test_purge_takes_old_shards_away_at_once() -> None:
    """For texts that were changed rather than withdrawn."""
    disk = published(1)
    send(small_site(2), MemoryTarget(disk), purge=True)
    assert disk.files == small_site(2)


# Two publishers


def test_a_second_publisher_is_refused_while_the_first_is_heard_of() -> None:
    """Its time and place are told; silence of minutes, or a word from a person, lets the second go ahead."""
    disk = published(1)
    clock = StillClock()
    far = decode(disk.list or b"", "memory")
    far.open = OpenPublish("other", "elsewhere", 1, clock.time - 20)
    disk.list = encode(far)
    with pytest.raises(LockedError) as refused:
        send(small_site(2), MemoryTarget(disk), clock=clock)
    assert refused.value.problem.code == "second-publisher"
    assert send(small_site(2), MemoryTarget(disk), clock=clock, dry_run=True).sent
    clock.time += 200
    send(small_site(2), MemoryTarget(disk), clock=clock)
    far = decode(disk.list or b"", "memory")
    far.open = OpenPublish("other", "elsewhere", 1, clock.time - 20)
    disk.list = encode(far)
    send(small_site(3), MemoryTarget(disk), clock=clock, take_over=True)
    assert without_shards(disk.files) == without_shards(small_site(3))


def test_a_publisher_that_was_overtaken_stops() -> None:
    """Of two that begin at once, one gets the list; the other touches nothing."""
    disk = published(1)
    target = MemoryTarget(disk)

    def other(_number: int, name: str, _path: str) -> None:
        if name == "load":
            send(small_site(3), MemoryTarget(disk))

    target.after = other
    # `load` answers with what it saw before the other one began.
    seen = (disk.list, str(disk.version))
    target.load = lambda: (other(0, "load", ""), seen)[1]  # type: ignore[method-assign]
    with pytest.raises(OvertakenError):
        send(small_site(2), target)
    assert without_shards(disk.files) == without_shards(small_site(3))


def test_the_list_is_kept_up_to_date_during_a_long_publish() -> None:
    """Every half minute what is done is noted, so that another machine could go on from there."""
    disk = published(1)
    clock = StillClock()
    target = MemoryTarget(disk)

    def tick(_number: int, name: str, _path: str) -> None:
        clock.time += 11 if name == "put" else 0

    target.after = tick
    send(small_site(2), target, clock=clock)
    swaps = [place for place, (name, _) in enumerate(target.log) if name == "swap"]
    assert len(swaps) == 2 + sum(name == "put" for name, _ in target.log) // 3


# Faults


def sites() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """An old edition and a new one with a withdrawn article."""
    return small_site(1), {**small_site(2), ARTICLE: b"withdrawn"}


def assert_page_by_page_whole(disk: Disk) -> None:
    """Each file is the old one or the new one."""
    old, new = sites()
    torn = [
        path for path, data in disk.files.items() if data not in (old.get(path), new.get(path)) and path != "theirs"
    ]
    assert torn == []


@pytest.mark.parametrize("withdrawn", [[], [ARTICLE]])
@pytest.mark.parametrize("lost", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("jobs", [1, 3])
def test_killed_at_any_operation_a_rerun_completes(withdrawn: list[str], lost: bool, jobs: int) -> None:
    """Whichever operation was the last, before or after it took effect: the far side ends up equal to the site."""
    _, new = sites()
    for number in range(1, 60):
        disk = published(1)
        disk.files["theirs"] = b"theirs"
        target = MemoryTarget(disk, jobs=jobs)
        if lost:
            target.after = kill_at(number)
        else:
            target.fault = kill_at(number)
        target.watch = assert_page_by_page_whole
        try:
            send(new, target, withdrawn=withdrawn)
        except Killed:
            pass
        else:
            break
        assert_page_by_page_whole(disk)
        send(new, MemoryTarget(disk), withdrawn=withdrawn)
        send(new, MemoryTarget(disk), withdrawn=withdrawn)
        assert disk.files == {**new, "theirs": b"theirs"}
    assert number > 14


@pytest.mark.parametrize("number", range(2, 9))
def test_a_connection_cut_at_every_nth_operation_is_met_with_patience(number: int) -> None:
    """Transfers are tried again, with growing pauses; the publish completes by itself."""
    disk = published(1)
    clock = StillClock()
    report = send(small_site(2), MemoryTarget(disk, fault=cut_every(number)), clock=clock)
    assert without_shards(disk.files) == without_shards(small_site(2))
    assert report.retries == len(clock.slept) > 0
    assert min(clock.slept) >= 0.25


def test_an_answer_that_was_lost_does_no_harm() -> None:
    """A write that arrived though it seemed to fail is made again; neither list nor new file is taken for another's."""
    disk = published(1)
    target = MemoryTarget(disk)
    target.after = cut_every(3)
    send(small_site(2), target)
    assert without_shards(disk.files) == without_shards(small_site(2))


def test_after_some_attempts_it_gives_up() -> None:
    """The message is the target's; what was done is noted, so that the next publish sends only the rest."""
    disk = published(1)

    def fault(_at: int, _name: str, path: str) -> None:
        if path == "index.html":
            raise BusyTargetError("host is gone", code="target-unreachable")

    clock = StillClock()
    with pytest.raises(BusyTargetError):
        send(small_site(2), MemoryTarget(disk, fault=fault), clock=clock)
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) == 5
    target = MemoryTarget(disk)
    send(small_site(2), target)
    assert [path for name, path in target.log if name == "put"] == ["index.html", "search/index.json"]


@pytest.mark.parametrize("name", ["put", "delete", "swap"])
def test_a_refusal_leaves_a_site_that_the_next_publish_mends(name: str) -> None:
    """Permission denied or disk full: the error is told, and everything is right once the cause is gone."""
    disk = published(1)
    target = MemoryTarget(disk, fault=refuse(name))
    with pytest.raises(TargetError):
        send(small_site(2), target)
    for _ in range(2):
        send(small_site(2), MemoryTarget(disk))
    assert disk.files == small_site(2)


_STEP = st.tuples(st.integers(1, 4), st.integers(0, 40), st.sampled_from(["kill", "lose", "cut", "refuse", "none"]))


@settings(max_examples=60)
@given(st.lists(_STEP, min_size=1, max_size=6), st.integers(1, 4))
def test_any_history_of_faults_ends_well(steps: list[tuple[int, int, str]], batch: int) -> None:
    """Editions published in any order with any fault at any operation: one last publish makes both sides equal."""
    disk = Disk({"theirs": b"theirs"})
    for edition, number, fault in steps:
        target = MemoryTarget(disk, batch=batch, jobs=2)
        _plant(target, fault, number)
        with contextlib.suppress(Killed, TargetError):
            send(small_site(edition), target, withdrawn=[ARTICLE] if edition > 3 else [])
    for _ in range(2):
        send(small_site(2), MemoryTarget(disk))
    assert disk.files == {**small_site(2), "theirs": b"theirs"}


def _plant(target: MemoryTarget, fault: str, number: int) -> None:
    def at(raised: Callable[[], BaseException]) -> Callable[[int, str, str], None]:
        def check(now: int, _name: str, _path: str) -> None:
            if now >= number:
                raise raised()

        return check

    if fault == "kill":
        target.fault = kill_at(number)
    elif fault == "lose":
        target.after = kill_at(number)
    elif fault == "cut":
        target.fault = cut_every(number + 2)
    elif fault == "refuse":
        target.fault = at(lambda: TargetError("disk full", code="target-refused"))
