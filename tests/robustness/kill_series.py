"""Kill the program at random moments, again and again, and look at what is left behind.

    python tests/robustness/kill_series.py [--rounds 300] [--seconds N] [--seed 1] [COMMAND …]

Every round puts an archive into a known state, starts a command, sends it SIGKILL at a random moment of its usual time
(sometimes the repair, too, is killed), and asks:

- is every file of `content/` either as it was or as the command leaves it, byte for byte?
- is every file of `site/`, or at the place it is published to, that of one whole state: before, after, or, under
  `serve`, one in between?
- does the next run repair everything by itself: content and site equal to what a run without a kill makes, byte for
  byte, the same hits from `sitegen search`, every step that undo knows of sound, and no file left over anywhere?

Commands run in forks of this process, which has imported the program and compiled its templates: the time that is
left is the time in which something can be halved.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Tree = dict[str, bytes]
"""Path → bytes."""

PATIENCE = 120.0
"""Seconds until a run counts as one that never ends."""

PEOPLE = ("Neil Armstrong", "Valentina Tereshkova", "Yuri Gagarin", "Sally Ride", "Alexei Leonov")
CITIES = ("Houston", "Moscow", "Paris", "Baikonur")

SETTINGS = 'title = "Kill series"\nbase_url = "https://example.org/"\n\n[entities]\nmin_articles = 1\n'


def raw_text(number: int) -> bytes:
    """One article as a source gives it."""
    person, other = PEOPLE[number % 5], PEOPLE[number * 3 % 5]
    return (
        f"date {1957 + number % 9}-{number % 12 + 1:02d}-{number % 28 + 1:02d}\n\n"
        f"Cosmonaut {person} arrived in {CITIES[number % 4]} on Monday, flight {number} of the year. “The flight went "
        f"well,” said {other} of NASA. Both left {CITIES[number * 3 % 4]} after {number + 2} days.\n\n"
        f"A second paragraph tells of capsule {number * 7} and of its {number + 3} engines.\n"
    ).encode()


# --- folders as values ---


def read_tree(folder: Path) -> Tree:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def put_tree(folder: Path, tree: Tree) -> None:
    """Make a folder hold exactly these files."""
    now = read_tree(folder) if folder.exists() else {}
    for path in now.keys() - tree.keys():
        (folder / path).unlink()
    for path, data in tree.items():
        if now.get(path) != data:
            put_file(folder / path, data)


def put_file(path: Path, data: bytes) -> None:
    """Write a file in one step, as a good editor does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.swp")
    temporary.write_bytes(data)
    temporary.replace(path)


def visible(site: Path) -> Tree:
    """What a reader can ask for."""
    return {path: data for path, data in read_tree(site).items() if not path.startswith(".sitegen/")}


def differences(one: Tree, other: Tree) -> list[str]:
    """Paths whose bytes differ."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


# --- running and killing ---


class Run:
    """One run of the program in a fork."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        self.process = os.fork()
        if not self.process:
            self._be(arguments)
        with contextlib.suppress(OSError):  # It has ended.
            os.setpgid(self.process, self.process)

    def _be(self, arguments: tuple[str, ...]) -> None:
        code = 70
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(self._told.fileno(), 1)
            os.dup2(self._told.fileno(), 2)
            sys.argv = ["sitegen", *arguments]
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            from sitegen.cli.program import run

            code = run(arguments)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def kill_after(self, seconds: float, *, with_children: bool = False) -> bool:
        """Let it run for so long, then kill it, perhaps with all that it started; whether it was still at work."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if os.waitpid(self.process, os.WNOHANG)[0]:
                self.process = 0
                break
            time.sleep(min(left, 0.002))
        return self.kill(with_children=with_children)

    def kill(self, *, with_children: bool = False) -> bool:
        """Kill it now; whether it was still at work."""
        running = bool(self.process)
        if running:
            (os.killpg if with_children else os.kill)(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        self._told.close()
        return running

    def told(self) -> str:
        """What it has printed so far."""
        os.lseek(self._told.fileno(), 0, os.SEEK_SET)
        text = os.read(self._told.fileno(), 1 << 20).decode("utf-8", "replace")
        os.lseek(self._told.fileno(), 0, os.SEEK_END)
        return text

    def end(self, *good: int) -> str:
        """Wait for its end; what it printed. Fails where it does not end, or with an exit code that is not good."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > deadline:
                self.kill()
                raise LossError(f"`{' '.join(self.arguments)}` never ended")
            time.sleep(0.002)
        told = self.told()
        self._told.close()
        code = os.waitstatus_to_exitcode(status)
        if code not in (good or (0,)):
            raise LossError(f"`{' '.join(self.arguments)}` ended with {code}: {told.strip()[-1500:]}")
        return told


class LossError(AssertionError):
    """Something was lost, halved or not repaired."""


# --- what is looked at ---


def look_at_content(now: Tree, before: Tree, after: Tree) -> None:
    """Every file as it was or as it will be; none that both have is missing; temporary ones may lie about."""
    for path, data in now.items():
        if path.rpartition("/")[2].startswith(".sitegen-"):
            continue
        if data not in (before.get(path), after.get(path)):
            raise LossError(f"content/{path} is neither the old file nor the new one: {data[:300]!r}")
    missing = [path for path in before.keys() & after.keys() if path not in now]
    if missing:
        raise LossError(f"lost from content/: {missing[:5]}")


def look_at_site(now: Tree, states: list[Tree]) -> None:
    """Every file is that of one whole state."""
    for path, data in now.items():
        if all(state.get(path) != data for state in states):
            raise LossError(f"site/{path} is of no whole state: {data[:200]!r}")
    always = set.intersection(*(set(state) for state in states))
    missing = sorted(always - now.keys())
    if missing:
        raise LossError(f"missing from site/: {missing[:5]}")


def look_for_leftovers(root: Path) -> None:
    """No temporary file, stage or journal is left anywhere."""
    left = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.name.endswith(".tmp") or path.name == "journal.json" or (path.name == "stage" and any(path.iterdir()))
    ]
    if left:
        raise LossError(f"left behind: {left[:5]}")


def look_at_undo(root: Path) -> None:
    """Every step of undo can be read."""
    import msgspec

    from sitegen.store.undo import Step

    for path in sorted((root / ".sitegen/undo").glob("*.msgpack")):
        try:
            msgspec.msgpack.decode(path.read_bytes(), type=Step)
        except msgspec.MsgspecError as error:
            raise LossError(f"{path.name} of undo is damaged: {error}") from None


# --- the archive ---


class Bench:
    """Two archives: one in which runs are killed, and one in which they are not and which says what is right."""

    def __init__(self, folder: Path, articles: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.root = folder / "killed"
        self.clean = folder / "clean"
        self.sites: dict[tuple[tuple[str, bytes], ...], Tree] = {}
        for root in (self.root, self.clean):
            root.mkdir(parents=True)
            (root / "sitegen.toml").write_text(SETTINGS, encoding="utf-8")
        raw = {f"raw/{number:03d}.txt": raw_text(number) for number in range(articles)}
        raw["pages/about.md"] = b"---\ntitle: About\n---\nWho we are.\n"
        raw["media/plan.txt"] = b"A plan.\n"
        self.raw = raw
        put_tree(self.clean / "content", raw)
        self.run_clean("ingest", "--jobs", "1")
        self.ingested = read_tree(self.clean / "content")
        self.articles = sorted(path for path in self.ingested if path.startswith("articles/"))

    def run_clean(self, *arguments: str) -> str:
        """Run a command that nobody kills."""
        return Run(*arguments, "--root", str(self.clean)).end()

    def start(self, *arguments: str) -> Run:
        """Start a command that may be killed."""
        return Run(*arguments, "--root", str(self.root))

    def site_of(self, content: Tree) -> Tree:
        """What a clean build makes of some content."""
        key = tuple(sorted(content.items()))
        if key not in self.sites:
            put_tree(self.clean / "content", content)
            self.run_clean("build", "--clean", "--jobs", "1")
            self.sites[key] = visible(self.clean / "site")
        return self.sites[key]

    def clean_after(self, content: Tree, *commands: tuple[str, ...]) -> Tree:
        """Content after commands that nobody kills."""
        shutil.rmtree(self.clean / ".sitegen", ignore_errors=True)
        put_tree(self.clean / "content", content)
        for command in commands:
            self.run_clean(*command)
        return read_tree(self.clean / "content")

    def put(self, content: Tree) -> None:
        """Make the archive hold this content."""
        put_tree(self.root / "content", content)

    def content(self) -> Tree:
        """Content as it is now."""
        return read_tree(self.root / "content")

    def expect(self, content: Tree) -> None:
        """Content must be this, and nothing may be left over."""
        different = differences(self.content(), content)
        if different:
            raise LossError(f"content/ is not what a run without a kill leaves: {different[:5]}")
        look_for_leftovers(self.root)

    def usual_time(self, times: list[float]) -> float:
        """A random moment of a run, from before its start to a little after its usual end."""
        usual = sorted(times)[len(times) // 2]
        return self.random.uniform(0, usual * 1.15)


def timed(run: Callable[[], object]) -> float:
    """Seconds that something takes."""
    started = time.monotonic()
    run()
    return time.monotonic() - started


Round = Callable[[], bool]
"""One round; whether the command was killed while it was at work."""


def ingest_series(bench: Bench) -> Iterator[Round]:
    """Ingest, from nothing or half-way, with pages that a person wrote, edited and removed."""
    bench.put(bench.raw)
    times = [timed(bench.start("ingest", "--jobs", "2").end)]
    edited = bench.articles[2]
    by_hand = {
        **bench.ingested,
        edited: bench.ingested[edited] + b"\nA note by the editor.\n",
        "articles/1999/mine.md": b"---\ntitle: Mine\ndate: 1999-01-01\n---\nWritten by hand.\n",
    }
    half = {
        path: data
        for path, data in by_hand.items()
        if path not in bench.articles[len(bench.articles) // 2 :] and path != "ingested.tsv"
    }
    starts = {
        "nothing": bench.raw,
        "half": half,
        "changed": {**by_hand, **{f"raw/{n:03d}.txt": raw_text(n) + b"\nCorrected.\n" for n in range(0, 12, 2)}},
    }
    ends = {name: bench.clean_after(tree, ("ingest", "--jobs", "1")) for name, tree in starts.items()}

    def one() -> bool:
        name = bench.random.choice(list(starts))
        shutil.rmtree(bench.root / ".sitegen", ignore_errors=True)
        bench.put(starts[name])
        killed = False
        for _ in range(bench.random.choice((1, 1, 2))):
            jobs = bench.random.choice(("1", "2"))
            killed |= bench.start("ingest", "--jobs", jobs).kill_after(bench.usual_time(times))
            look_at_content(bench.content(), starts[name], ends[name])
        times.append(timed(bench.start("ingest", "--jobs", "2").end))
        bench.expect(ends[name])
        return killed

    while True:
        yield one


def contents(bench: Bench) -> list[Tree]:
    """States of content that follow each other in any order: edits, additions, deletions, judgements, media."""
    base = bench.ingested
    names = bench.articles
    edited = {
        **base,
        names[0]: base[names[0]].replace(b"second paragraph", b"second *paragraph*"),
        names[5]: base[names[5]].replace(b"title: ", b"title: New ", 1),
        "entities.yaml": b"- name: Neil Armstrong\n  kind: person\n  aliases: [Sally Ride]\n",
    }
    fewer = {path: data for path, data in base.items() if path not in names[3:9]}
    fewer["media/plan.txt"] = b"Another plan.\n"
    fewer["media/new/photo.txt"] = b"A photo.\n"
    more = {
        **base,
        "articles/1999/mine.md": b"---\ntitle: Mine\ndate: 1999-01-01\n---\nYuri Gagarin in Paris.\n",
        "pages/about.md": b"---\ntitle: About us\n---\nWho we were.\n",
        names[1]: base[names[1]].replace(b"status: published", b"status: withdrawn"),
    }
    return [base, edited, fewer, more]


QUERIES = ("cosmonaut", "gagarin paris", '"second paragraph"', "capsule -houston")


def build_series(bench: Bench) -> Iterator[Round]:
    """Build, from any state to any other; now and then content changes before the repair, or the repair is killed."""
    states = contents(bench)
    sites = [bench.site_of(state) for state in states]
    bench.put(states[0])
    bench.start("build").end()
    times = []
    for number in (1, 2, 0):
        bench.put(states[number])
        times.append(timed(bench.start("build").end))
    at = 0

    def one() -> bool:
        nonlocal at
        possible = [sites[at]]
        killed = False
        for _ in range(bench.random.choice((1, 1, 2, 3))):
            at = bench.random.randrange(len(states))
            possible.append(sites[at])
            bench.put(states[at])
            extra = bench.random.choice(([], [], ["--jobs", "1"], ["--clean"]))
            killed |= bench.start("build", *extra).kill_after(bench.usual_time(times))
            look_at_site(visible(bench.root / "site"), possible)
        times.append(timed(bench.start("build").end))
        bench.expect(states[at])
        now = visible(bench.root / "site")
        if different := differences(now, sites[at]):
            raise LossError(f"site/ is not that of a clean build: {different[:5]}")
        if bench.random.random() < 0.05:
            look_at_hits(bench, states[at])
        return killed

    while True:
        yield one


def look_at_hits(bench: Bench, content: Tree) -> None:
    """The local index answers like one that was built anew."""
    put_tree(bench.clean / "content", content)
    bench.run_clean("build", "--clean")
    for query in QUERIES:
        one = json.loads(bench.start("search", query, "--json").end())
        other = json.loads(bench.run_clean("search", query, "--json"))
        if (one["total"], one["hits"]) != (other["total"], other["hits"]):
            raise LossError(f"`search {query}` has other hits than in a clean archive")


def serve_series(bench: Bench) -> Iterator[Round]:
    """Serve while files are edited, come and go; then build."""
    base = bench.ingested
    names = bench.articles
    fresh = b"date 1969-07-20\n\nNeil Armstrong of NASA was seen in Paris, where a lander stood in the rain.\n"
    steps: list[tuple[str, bytes | None]] = [
        (names[0], base[names[0]].replace(b"second paragraph", b"second *paragraph*")),
        ("entities.yaml", b"- name: Neil Armstrong\n  kind: person\n  aliases: [Sally Ride]\n"),
        (names[4], None),
        ("articles/1999/mine.md", b"---\ntitle: Mine\ndate: 1999-01-01\n---\nYuri Gagarin in Paris.\n"),
        ("raw/fresh.txt", fresh),
        ("media/plan.txt", b"Another plan.\n"),
    ]
    states = [base]
    for path, data in steps:
        following = {key: value for key, value in states[-1].items() if key != path}
        states.append(following if data is None else {**following, path: data})
    # A page that a person deleted is not made again, and ingest only adds what is new.
    ingested = [bench.clean_after(state, ("ingest", "--jobs", "1")) for state in states]
    sites = [bench.site_of(state) for state in states]
    sites_ingested = [bench.site_of(state) for state in ingested]
    bench.put(base)
    bench.start("build").end()

    def one() -> bool:
        bench.put(base)
        bench.start("build").end()
        run = bench.start("serve", "--port", "0", "--json")
        if bench.random.random() < 0.8:
            deadline = time.monotonic() + PATIENCE
            while '"ready"' not in run.told() and time.monotonic() < deadline:
                time.sleep(0.005)
        done = 0
        for path, data in steps[: bench.random.randrange(len(steps) + 1)]:
            time.sleep(bench.random.choice((0.0, 0.02, 0.1, 0.3)))
            if data is None:
                (bench.root / "content" / path).unlink()
            else:
                put_file(bench.root / "content" / path, data)
            done += 1
        killed = run.kill_after(bench.random.uniform(0, 0.7))
        look_at_content(bench.content(), states[done], ingested[done])
        look_at_site(visible(bench.root / "site"), [*sites[: done + 1], *sites_ingested[: done + 1]])
        bench.start("ingest").end()
        bench.start("build").end()
        bench.expect(ingested[done])
        if different := differences(visible(bench.root / "site"), sites_ingested[done]):
            raise LossError(f"site/ is not that of a clean build: {different[:5]}")
        return killed

    while True:
        yield one


def merge_series(bench: Bench) -> Iterator[Round]:
    """Merge two people, take it back, and merge others; every one of these is killed at times."""
    comment = (
        b"# Judgements of the editors.\n- name: Moscow\n  kind: place\n  aliases: [Moskva]  # as the sources say\n"
    )
    start = {**bench.ingested, "entities.yaml": comment}
    merge = ("entities", "merge", PEOPLE[0], PEOPLE[1], "--kind", "person", "--yes")
    merged = bench.clean_after(start, merge)
    bench.put(start)
    times = [timed(bench.start(*merge).end) for _ in range(1)]
    undo_times = [timed(bench.start("entities", "undo", "--yes").end)]
    bench.expect(start)

    def one() -> bool:
        if bench.random.random() < 0.2:
            shutil.rmtree(bench.root / ".sitegen", ignore_errors=True)
        bench.put(start)
        killed = bench.start(*merge).kill_after(bench.usual_time(times))
        look_at_content(bench.content(), start, merged)
        look_at_undo(bench.root)
        if bench.content()["entities.yaml"] == comment:
            times.append(timed(bench.start(*merge).end))
        bench.start("entities", "list", "--json").end()
        bench.expect(merged)
        killed |= bench.start("entities", "undo", "--yes").kill_after(bench.usual_time(undo_times))
        look_at_content(bench.content(), merged, start)
        look_at_undo(bench.root)
        if bench.content()["entities.yaml"] != comment:
            undo_times.append(timed(bench.start("entities", "undo", "--yes").end))
        bench.start("entities", "list", "--json").end()
        bench.expect(start)
        return killed

    while True:
        yield one


def remove_series(bench: Bench) -> Iterator[Round]:
    """Take three articles out; ingest must not bring them back."""
    names = [f"content/{path}" for path in bench.articles[1:4]]
    remove = ("remove", *names, "--yes", "--reason", "asked for")
    start = bench.ingested
    removed = bench.clean_after(start, remove)
    bench.put(start)
    times = [timed(bench.start(*remove).end)]

    def one() -> bool:
        bench.put(start)
        killed = bench.start(*remove).kill_after(bench.usual_time(times))
        now = bench.content()
        look_at_content(now, start, removed)
        gone = [path for path in bench.articles[1:4] if path not in now]
        if gone and now.get("removed.yaml") != removed["removed.yaml"]:
            raise LossError(f"{gone} are gone without a tombstone")
        left = [name for name in names if name.removeprefix("content/") in now]
        if left:
            times.append(timed(bench.start("remove", *left, "--yes", "--reason", "asked for").end))
        bench.start("ingest").end()
        bench.expect({**removed, "ingested.tsv": bench.content()["ingested.tsv"]})
        return killed

    while True:
        yield one


def retag_series(bench: Bench) -> Iterator[Round]:
    """Tag pages that were ingested without a tagger; then take all of it back."""
    start = bench.clean_after(bench.raw, ("ingest", "--jobs", "1", "--tagger", "none"))
    edited = next(path for path in start if path.startswith("articles/"))
    start = {**start, edited: start[edited] + b"\nA note by the editor.\n"}
    retag = ("retag", "--tagger", "builtin", "--yes")
    tagged = bench.clean_after(start, retag)
    assert len(differences(start, tagged)) > 10, "the tagger found nothing to tag"
    bench.put(start)
    times = [timed(bench.start(*retag).end)]

    def one() -> bool:
        shutil.rmtree(bench.root / ".sitegen/undo", ignore_errors=True)
        bench.put(start)
        killed = bench.start(*retag).kill_after(bench.usual_time(times))
        look_at_content(bench.content(), start, tagged)
        look_at_undo(bench.root)
        times.append(timed(bench.start(*retag).end))
        bench.expect(tagged)
        for _ in range(3):
            if bench.content() != start:
                bench.start("entities", "undo", "--yes").end()
        bench.expect(start)
        return killed

    while True:
        yield one


THEIRS = {"theirs.txt": b"theirs", "1969/theirs.html": b"theirs, too"}
"""What others have put to where the site goes."""


_FAR_GIT = "setsid git-receive-pack" if shutil.which("setsid") else "git-receive-pack"


def git(*arguments: str, given: bytes | None = None) -> bytes:
    """Run git; what it printed."""
    who = {f"GIT_{role}_{part}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = {**os.environ, **who}
    return subprocess.run(["git", *arguments], check=True, capture_output=True, input=given, env=environment).stdout


class FarFolder:
    """A folder to publish to."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.address = f"folder:{place}"
        put_tree(place, THEIRS)

    def files(self) -> Tree:
        """What lies there, but for our list and for files that have no name yet."""
        found = read_tree(self.place)
        return {path: data for path, data in found.items() if not re.search(r"^\.sitegen-|\.tmp$", path)}


class FarBranch:
    """A branch of a git repository to publish to."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)
        self.address = f"git:{place}#pages"
        git("init", "--quiet", "--bare", self.place)
        # The other side is another machine, and not killed.
        os.environ["GIT_CONFIG_COUNT"] = "1"
        os.environ["GIT_CONFIG_KEY_0"], os.environ["GIT_CONFIG_VALUE_0"] = "remote.far.receivepack", _FAR_GIT
        stream = "commit refs/heads/pages\ncommitter x <x@example.org> 0 +0000\ndata 0\n"
        for path, data in THEIRS.items():
            stream += f"M 100644 inline {path}\ndata {len(data)}\n{data.decode()}\n"
        git("-C", self.place, "fast-import", "--quiet", given=stream.encode())

    def files(self) -> Tree:
        """What the branch holds, but for our list."""
        with tarfile.open(fileobj=io.BytesIO(git("-C", self.place, "archive", "pages"))) as archive:
            found = {item.name: archive.extractfile(item) for item in archive if item.isfile()}
            return {path: file.read() for path, file in found.items() if file and not path.startswith(".sitegen-")}


def publish_series(bench: Bench) -> Iterator[Round]:
    """Publish one state after another, to a folder and to a branch; then publish until both sides are equal."""
    from sitegen.publish.headers import is_shard

    states = contents(bench)
    sites = [bench.site_of(state) for state in states]

    def without_shards(tree: Tree) -> Tree:
        return {path: data for path, data in tree.items() if not is_shard(path)}

    places = [bench.root.parent / "www", bench.root.parent / "www.git"]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    fars = [FarFolder(places[0]), FarBranch(places[1])]
    at = 0
    last: dict[str, Tree] = {}
    times: dict[str, list[float]] = {}

    def publish(far: FarFolder | FarBranch, number: int) -> Run:
        bench.put(states[number])
        if bench.random.random() < 0.5:
            bench.start("build").end()
            return bench.start("publish", far.address, "--yes", "--no-build")
        return bench.start("publish", far.address, "--yes")

    for far in fars:
        times[far.address] = [timed(publish(far, number).end) for number in (0, 1, 0)]
        last[far.address] = sites[0]

    def one() -> bool:
        nonlocal at
        far = bench.random.choice(fars)
        possible = [last[far.address]]
        killed = False
        for _ in range(bench.random.choice((1, 1, 2, 3))):
            at = bench.random.randrange(len(states))
            possible.append(sites[at])
            moment = bench.usual_time(times[far.address])
            killed |= publish(far, at).kill_after(moment, with_children=bench.random.random() < 0.5)
            now = far.files()
            if lost := [path for path, data in THEIRS.items() if now.pop(path, None) != data]:
                raise LossError(f"{far.address}: files of others are lost: {lost}")
            now.pop(".nojekyll", None)
            # Parts of old indexes may stay, but all of the index that readers are given must be there.
            look_at_site(without_shards(now), [without_shards(site) for site in possible])
            index = next(site for site in possible if site["search/index.json"] == now["search/index.json"])
            if lost := [path for path in index if is_shard(path) and now.get(path) != index[path]]:
                raise LossError(f"{far.address}: the search index lacks {lost[:5]}")
        times[far.address].append(timed(publish(far, at).end))
        publish(far, at).end()  # Old parts of the search index stay one publish longer.
        bench.expect(states[at])
        last[far.address] = sites[at]
        now = {path: data for path, data in far.files().items() if path != ".nojekyll"}
        if different := differences(now, {**sites[at], **THEIRS}):
            raise LossError(f"{far.address} is not the site: {different[:5]}")
        return killed

    while True:
        yield one


SERIES: dict[str, Callable[[Bench], Iterator[Round]]] = {
    "ingest": ingest_series,
    "build": build_series,
    "serve": serve_series,
    "publish": publish_series,
    "merge": merge_series,
    "remove": remove_series,
    "retag": retag_series,
}


def warm_up() -> None:
    """Import what commands import, and let all forks share compiled templates."""
    import importlib

    import jinja2

    from sitegen.cli.program import COMMANDS, run
    from sitegen.entities.tagging import load_tagger

    for name in COMMANDS:
        importlib.import_module(f"sitegen.cli.commands.{name}")
    for name in (
        "sitegen.pipeline.build_site sitegen.pipeline.ingest_articles sitegen.pipeline.retag_articles "
        "sitegen.pipeline.judge_entities sitegen.publish.prepare sitegen.publish.publish_site "
        "sitegen.publish.targets.folder sitegen.publish.targets.git sitegen.serve.server sitegen.store.whoosh_index "
        "markdown nh3 numpy rich.progress"
    ).split():
        importlib.import_module(name)
    load_tagger("builtin").tag(["Neil Armstrong came to Paris."])
    original = jinja2.Environment.compile
    known: dict[tuple[object, ...], object] = {}

    def compile_once(
        self: jinja2.Environment, source: object, name: object = None, filename: object = None, *rest: object
    ) -> object:
        key = (type(self), source, name, filename, *rest)
        if key not in known:
            known[key] = original(self, source, name, filename, *rest)  # type: ignore[call-overload]
        return known[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory(prefix="sitegen-kill-") as folder:
        put_tree(Path(folder), {"sitegen.toml": SETTINGS.encode(), "content/raw/a.txt": raw_text(0)})
        for command in ("ingest", "build"):
            with contextlib.redirect_stdout(io.StringIO()):
                assert run([command, "--jobs", "1", "--root", folder]) == 0


def main() -> int:
    """Run the series that were asked for; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(SERIES))
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end each series after so long")
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep-going", action="store_true", help="go on with other rounds after a finding")
    options = parser.parse_args()
    warm_up()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    findings = 0
    for name in options.commands or SERIES:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="sitegen-kill-", ignore_cleanup_errors=True) as folder:
            bench = Bench(Path(folder), options.articles, options.seed)
            series = SERIES[name](bench)
            killed = rounds = 0
            try:
                while rounds < options.rounds and time.monotonic() - started < options.seconds:
                    rounds += 1
                    try:
                        killed += next(series)()
                    except LossError as failure:
                        findings += 1
                        print(f"{name}, round {rounds}, seed {options.seed}: {failure}", flush=True)
                        if not options.keep_going:
                            break
                        for folder_ in (".sitegen", "site"):
                            shutil.rmtree(bench.root / folder_, ignore_errors=True)
                        series = SERIES[name](bench)
            finally:  # Where it was told to end before its time, too.
                seconds = time.monotonic() - started
                print(
                    f"{name}: {rounds} rounds, {killed} killed at work, {findings} findings, {seconds:.0f} s",
                    flush=True,
                )
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
