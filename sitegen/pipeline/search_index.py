"""Write the JSON search index: its jobs run in workers, which share the plan by fork and stage what is new."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.workers import fork_map
from sitegen.plan.library import Library
from sitegen.search.build import FileStamp, Job, SearchFile, finish, plan_search, run_job
from sitegen.search.documents import SearchCorpus
from sitegen.store.output_tree import OutputEntry, Staged
from sitegen.store.site_stage import SiteStage

Result = tuple[str, OutputEntry, Staged | None, FileStamp]


def write_search_index(
    corpus: SearchCorpus, library: Library, stage: SiteStage, *, scripts: bool, jobs: int, reporter: Reporter
) -> None:
    """Add all files of the index to the stage.

    Args:
        corpus: all listed articles.
        library: for the other names of entities.
        stage: receives the files.
        scripts: write files that also load from `file://`.
        jobs: worker processes.
        reporter: hears of progress.
    """
    aliases = {(group.kind, group.slug): group.entity.aliases for group in library.entities if group.entity}
    plan = plan_search(corpus, scripts=scripts, aliases=aliases)
    reporter.phase("Search index", len(plan.jobs))

    def work(number: int, chunks: Iterator[Job]) -> Iterator[list[Result]]:
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
    for file in finish(plan, stamps):
        stage.place(file.path, file.data)


def _stage(file: SearchFile, name: str, stage: SiteStage) -> Result:
    entry, staged = stage.compare(file.path, file.data, name)
    return file.path, entry, staged, file.stamp
