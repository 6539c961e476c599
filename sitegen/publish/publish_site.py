"""Bring a target to what the site is: plan, refuse what looks wrong, then step by step.

The list at the target is written before anything else is touched (of what is about to change nothing is certain any
more), every half minute, and at the end; so whatever cuts a publish off, the next one knows what to do again, on
whichever machine it runs. Every write of the list is a compare-and-swap, so a second publisher is noticed.
"""

from __future__ import annotations

import contextlib
import os
import platform
import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import msgspec

from sitegen.digest import short_digest
from sitegen.errors import LockedError, OvertakenError, SitegenError, TargetError, UsageError
from sitegen.model import Problem
from sitegen.pipeline.reporter import Reporter
from sitegen.publish.diff import PublishPlan, Step, begun, diff, finished, is_own_path
from sitegen.publish.far_list import FarFile, FarList, OpenPublish, decode, encode
from sitegen.publish.headers import cache_control, content_type
from sitegen.publish.port import Target, Upload
from sitegen.publish.site_files import SiteFile

CAP_SHARE = 10
"""Per cent of the target's files that may be deleted without asking …"""
CAP_FILES = 50
"""… and files that always may."""
BEAT = 30.0
"""Seconds between writes of the list."""
SILENCE = 150.0
"""Seconds after which a publish on another machine, not heard of, is taken to be dead."""
ATTEMPTS = 6
"""How often a transfer is tried."""


_T = TypeVar("_T")


class PublishOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for."""

    dry_run: bool = False
    max_deletes: int | None = None
    """Deletes that are allowed; None: a tenth of the files, or fifty."""
    confirm: Callable[[int, int], bool] | None = None
    """Asked with (deletes, files) where there are more."""
    purge: bool = False
    """Old search shards go at once."""
    overwrite: bool = False
    """Files of others that are in the way may be replaced."""
    take_over: bool = False
    """Another publish that seems to be at work is dead."""
    force: bool = False
    """Publish even if nothing has changed: a new commit, say."""
    jobs: int = 0


class PublishReport(msgspec.Struct, kw_only=True):
    """What a publish did, or would do."""

    target: str = ""
    generation: int = 0
    """Publishes to this target so far."""
    dry_run: bool = False
    files: int = 0
    """Files that the target holds for the site."""
    bytes: int = 0
    """Bytes of them."""
    sent: int = 0
    sent_bytes: int = 0
    kept: int = 0
    deleted: int = 0
    taken_down: list[str] = []
    """Addresses that were purged first."""
    retired: int = 0
    """Search shards of the last generation that stay until the next publish."""
    retries: int = 0
    seconds: float = 0.0
    steps: list[Step] = []
    problems: list[Problem] = []


class Clock:
    """Time and chance, so that tests can do without."""

    now = staticmethod(time.time)
    sleep = staticmethod(time.sleep)
    jitter = staticmethod(random.random)


def publish_site(
    files: Mapping[str, SiteFile],
    withdrawn: Sequence[str],
    target: Target,
    options: PublishOptions,
    reporter: Reporter,
    clock: Clock | None = None,
) -> PublishReport:
    """Make the target hold the files.

    Args:
        files: what it is to hold, by path.
        withdrawn: paths at which articles lay that are taken down by now.
        target: where to.
        options: what a person asked for.
        reporter: hears of progress.
        clock: of tests.

    Raises:
        LockedError: another publish to the target is at work.
        UsageError: more would be deleted than is allowed; what was taken down is purged all the same.
        TargetError, StorageError: the target or the site's folder refused; the next publish goes on from here.
    """
    return _Publish(files, withdrawn, target, options, reporter, clock or Clock()).run()


class _Publish:
    def __init__(
        self,
        files: Mapping[str, SiteFile],
        withdrawn: Sequence[str],
        target: Target,
        options: PublishOptions,
        reporter: Reporter,
        clock: Clock,
    ) -> None:
        self.files = {path: file for path, file in files.items() if is_own_path(path)}
        self.withdrawn = withdrawn
        self.target = target
        self.options = options
        self.reporter = reporter
        self.clock = clock
        self.jobs = options.jobs or target.jobs
        self.report = PublishReport(target=target.name, dry_run=options.dry_run)
        self.token = secrets.token_hex(8)
        self.far = FarList()
        self.before: set[str] = set()
        """What lay at the target before, as far as it is ours."""
        self.version = ""
        self.stopping = False
        self.beat = 0.0

    def run(self) -> PublishReport:
        started = self.clock.now()
        self.reporter.phase("Looking at the target", 0)
        data, self.version = self._try(self.target.load)
        is_first = data is None
        self.far = FarList() if data is None else decode(data, self.target.name)
        self.before = set(self.far.files)
        if not self.options.dry_run:
            self._refuse_second()
        digests = {path: file.digest for path, file in self.files.items()}
        plan = diff(digests, self.far, self.withdrawn, purge=self.options.purge)
        self._describe(plan)
        if self.options.dry_run or self._is_done(plan, is_first):
            return self._done(started)
        if is_first and not self.options.overwrite and self._try(lambda: self.target.exists("index.html")):
            raise UsageError(
                f"there is a site at {self.target.name} that sitegen did not publish",
                hint="name an empty place, or let files of the same names be replaced with --overwrite",
                code="foreign-site",
            )
        refusal = self._over_cap(plan)
        if refusal and not plan.takedowns:
            raise refusal
        self._publish(plan, refusal, digests)
        return self._done(started)

    def _is_done(self, plan: PublishPlan, is_first: bool) -> bool:
        return plan.is_empty() and self.far.open is None and not (is_first or self.options.force)

    # What looks wrong

    def _refuse_second(self) -> None:
        other = self.far.open
        if other is None or self.options.take_over:
            return
        here = other.machine == _machine()
        silent = self.clock.now() - other.beat
        if (here and not _is_alive(other.process)) or not -SILENCE < silent < SILENCE:
            return
        where = f"process {other.process} on this machine" if here else "another machine"
        raise LockedError(
            f"another publish to {self.target.name} is at work ({where}, last heard of {max(0, silent):.0f} s ago)",
            hint="wait until it has finished; if you know that it is dead, add --take-over",
            code="second-publisher",
        )

    def _over_cap(self, plan: PublishPlan) -> UsageError | None:
        allowed = self.options.max_deletes
        if allowed is None:
            allowed = max(CAP_FILES, len(self.before) * CAP_SHARE // 100)
        if plan.deletes <= allowed:
            return None
        if self.options.confirm is not None and self.options.confirm(plan.deletes, len(self.before)):
            return None
        return UsageError(
            f"{plan.deletes:,} of {len(self.before):,} files would be deleted at {self.target.name}",
            hint=f"look at them with --dry-run; if that is right, add --yes or --max-deletes {plan.deletes}",
            code="too-many-deletes",
        )

    # Doing it

    def _publish(self, plan: PublishPlan, refusal: UsageError | None, digests: Mapping[str, str]) -> None:
        steps = [*plan.purge, *(plan.steps if refusal is None else ())]
        self.reporter.phase("Publishing", sum(len(step.paths) for step in steps))
        self.far = begun(self.far, plan)
        if not self.target.atomic:
            self._keep(is_open=True)
        pool = ThreadPoolExecutor(self.jobs, thread_name_prefix="publish")
        try:
            self._run_steps(pool, plan, steps)
            if refusal is None:
                self.far = finished(self.far, plan, digests, self.withdrawn)
            self._keep(is_open=False)
        except BaseException:
            self.stopping = True
            pool.shutdown(wait=True, cancel_futures=True)
            if not self.target.atomic:
                # What was done is worth keeping; if that fails too, the next publish does it again.
                with contextlib.suppress(SitegenError):
                    self._keep(is_open=False)
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        self.report.generation = self.far.generation
        if refusal is not None:
            raise refusal

    def _run_steps(self, pool: ThreadPoolExecutor, plan: PublishPlan, steps: Sequence[Step]) -> None:
        for step in steps:
            try:
                self._run_step(pool, step)
            except SitegenError:
                if plan.purge_shards and step in plan.purge:
                    # Better no search for a while than one that finds what was taken down.
                    with contextlib.suppress(SitegenError):
                        self._run_step(pool, Step("old search shards", "delete", plan.purge_shards))
                raise

    def _run_step(self, pool: ThreadPoolExecutor, step: Step) -> None:
        waiting = list(_batches(step.paths, self.target.batch))
        waiting.reverse()
        work = self._put if step.verb == "put" else self._delete
        running: dict[Future[None], Sequence[str]] = {}
        failure: BaseException | None = None
        while running or (waiting and failure is None):
            while waiting and failure is None and len(running) < self.jobs:
                batch = waiting.pop()
                running[pool.submit(work, batch)] = batch
            done, _ = wait(running, timeout=BEAT, return_when=FIRST_COMPLETED)
            for future in done:
                batch = running.pop(future)
                error = future.exception()
                if error is None:
                    self._note(step, batch)
                else:
                    failure = failure or error
            if failure is None and not self.target.atomic and self.clock.now() - self.beat > BEAT:
                self._keep(is_open=True)
        if failure is not None:
            raise failure

    def _note(self, step: Step, batch: Sequence[str]) -> None:
        for path in batch:
            if step.verb == "put":
                file = self.files[path]
                self.far.files[path] = FarFile(file.digest, file.size)
                self.report.sent += 1
                self.report.sent_bytes += file.size
            else:
                self.far.files.pop(path, None)
                self.report.deleted += 1
        self.reporter.advance(len(batch))

    def _put(self, paths: Sequence[str]) -> None:
        uploads = [self._upload(path) for path in paths]
        self._try(lambda: self.target.put(uploads))

    def _upload(self, path: str) -> Upload:
        file = self.files[path]
        plain = path.rpartition(".")[0] if file.encoding else path
        return Upload(
            path=path,
            digest=file.digest,
            size=file.size,
            content_type=content_type(plain),
            cache_control=cache_control(plain),
            encoding=file.encoding,
            fresh=path not in self.before and not self.options.overwrite,
            read=file.read,
        )

    def _delete(self, paths: Sequence[str]) -> None:
        self._try(lambda: self.target.delete(paths))

    def _keep(self, *, is_open: bool) -> None:
        """Write the list to the target."""
        now = self.clock.now()
        self.far.open = OpenPublish(self.token, _machine(), os.getpid(), now) if is_open else None
        self._swap(encode(self.far))
        self.beat = now

    def _swap(self, data: bytes) -> None:
        try:
            self.version = self._try(lambda: self.target.swap(data, self.version))
        except OvertakenError:
            # Perhaps by ourselves: the write arrived, and only the answer to it was lost.
            there, version = self._try(self.target.load)
            if there != data:
                raise
            self.version = version

    def _try(self, work: Callable[[], _T]) -> _T:
        """Call until it works: failures that may pass are met with longer and longer pauses, by chance up to twice."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work()
            except TargetError as error:
                if not error.transient or attempt == ATTEMPTS or self.stopping:
                    raise
            self.report.retries += 1
            self.clock.sleep(0.25 * 2**attempt * (0.5 + self.clock.jitter()))
        raise AssertionError("not reached")

    # Telling

    def _describe(self, plan: PublishPlan) -> None:
        report = self.report
        report.files, report.bytes = len(self.files), sum(file.size for file in self.files.values())
        report.kept, report.generation = plan.kept, self.far.generation
        report.retired = len(plan.retired)
        report.taken_down = ["/" + path.removesuffix("index.html") for path in plan.takedowns]
        report.steps = [*plan.purge, *plan.steps]
        if report.dry_run:
            puts = [path for step in report.steps if step.verb == "put" for path in step.paths]
            report.sent, report.sent_bytes = len(puts), sum(self.files[path].size for path in puts)
            report.deleted = sum(len(step.paths) for step in report.steps if step.verb == "delete")

    def _done(self, started: float) -> PublishReport:
        self.report.seconds = round(self.clock.now() - started, 3)
        return self.report


def _batches(paths: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    for start in range(0, len(paths), size):
        yield paths[start : start + size]


def _machine() -> str:
    return short_digest(platform.node().encode("utf-8", "replace"))[:12]


def _is_alive(process: int) -> bool:
    if process == os.getpid():
        return False  # An earlier publish of this very process, which has ended.
    if os.name == "nt":
        return True  # There is no harmless signal to ask with.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
