"""Write the JSON search index: its jobs run in workers, which share the plan by fork and stage what is new.

A few changed articles change only the files that hold something of them; what an update must know beyond these lies in
a local state (`sitegen.store.search_state`).
"""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sitegen.digest import short_digest
from sitegen.pipeline.memory import keep_large_blocks
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.workers import fork_map
from sitegen.plan.library import Library
from sitegen.search.build import Job, SearchPlan, finish, plan_search, run_job
from sitegen.search.changes import ArticleText, Change, RebuildNeeded
from sitegen.search.documents import SearchCorpus
from sitegen.search.lexicon import AliasTable
from sitegen.search.manifest import MANIFEST, FileStamp, SearchFile
from sitegen.search.update import update_search
from sitegen.store.output_tree import OutputEntry, Staged
from sitegen.store.search_state import delete_search_state, open_search_state, write_search_state
from sitegen.store.site_stage import SiteStage

Result = tuple[str, OutputEntry, Staged | None, FileStamp]


def editors_names(library: Library) -> AliasTable:
    """Other names that editors gave to entities."""
    return library.other_names


def plan_search_index(corpus: SearchCorpus, library: Library, *, scripts: bool) -> SearchPlan:
    """Decide on the files of the index.

    Args:
        corpus: all listed articles.
        library: for the other names of entities.
        scripts: write files that also load from `file://`.
    """
    return plan_search(corpus, scripts=scripts, aliases=editors_names(library))


def write_search_index(plan: SearchPlan, stage: SiteStage, *, jobs: int, reporter: Reporter, state: Path) -> None:
    """Add all files of the index to the stage.

    Args:
        plan: what they are.
        stage: receives the files.
        jobs: worker processes.
        reporter: hears of progress.
        state: folder for what later updates need.
    """
    reporter.phase("Search index", len(plan.jobs))

    def work(number: int, chunks: Iterator[Job]) -> Iterator[list[Result]]:
        if multiprocessing.parent_process() is not None:
            keep_large_blocks()
        serial = 0
        for job in chunks:
            results = []
            for file in run_job(plan, job):
                serial += 1
                results.append(_stage(file, f"search-{number}-{serial}", stage))
            yield results

    stamps: list[FileStamp] = []
    for results in fork_map(work, plan.jobs, jobs):
        for path, entry, staged, stamp in results:
            stage.take(path, entry, staged)
            stamps.append(stamp)
        reporter.advance(1)
    last = finish(plan, stamps)
    for file in last:
        stage.place(file.path, file.data)
    write_search_state(state, plan, _generation(last))


def _stage(file: SearchFile, name: str, stage: SiteStage) -> Result:
    entry, staged = stage.compare(file.path, file.data, name)
    return file.path, entry, staged, file.stamp


def _generation(files: Sequence[SearchFile]) -> str:
    [manifest] = [file.data for file in files if file.path == MANIFEST]
    return short_digest(manifest)


def update_search_index(
    changes: Sequence[Change],
    stage: SiteStage,
    state: Path,
    *,
    article: Callable[[str], ArticleText],
    aliases: AliasTable,
    scripts: bool,
) -> bool:
    """Add what changes in the index to the stage of a part of the site, and what goes.

    The state is changed before the site is: whatever happens between, they do not fit together and the next build makes
    both anew.

    Args:
        changes: listed articles that came, went or changed, each once, as they were at the last build and as they are.
        stage: receives the files.
        state: folder that `write_search_index` was given.
        article: gives an article that did not change, by its id.
        aliases: `editors_names` of all entities.
        scripts: as for `write_search_index`.

    Returns:
        False where the index has to be written as a whole; nothing is staged then.
    """
    opened = open_search_state(state)
    if opened is None:
        return False

    def read(path: str) -> bytes:
        if not stage.is_intact(path):
            raise RebuildNeeded(f"{path} is not as it was written")
        return (stage.output.folder / path).read_bytes()

    try:
        if opened.generation != short_digest(read(MANIFEST)):
            raise RebuildNeeded("the state belongs to another index")
        update = update_search(
            opened, changes, read=read, exists=stage.has, article=article, aliases=aliases, scripts=scripts
        )
        opened.commit(_generation(update.files))
    except (RebuildNeeded, sqlite3.Error, OSError):
        opened.close()
        delete_search_state(state)
        return False
    opened.close()
    for path in update.gone:
        stage.delete(path)
    for file in update.files:
        stage.place(file.path, file.data)
    return True
