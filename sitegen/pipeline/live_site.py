"""A site kept up to date by one process: what `serve` holds open between changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sitegen.pipeline.build_report import BuildOptions, BuildReport
from sitegen.pipeline.build_site import SiteBuilder
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
        give_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take up an archive; nothing is read yet.

        Args:
            tree: the archive.
            options: of the first build; `clean` does not count for later ones.
            reporter: hears of progress and problems.
            on_pages: called whenever pages can be seen on disk, with their root-relative URLs (`/2018/06/slug/`,
                `/assets/style.css`), added, changed and deleted ones alike: first for the articles that changed and
                the pages that people look at, then for the others.
            on_indexes: called when both search indexes are those of the pages.
            give_way: asked again and again while all pages are looked at behind those that matter, as after a change
                of a template: true ends the update, which is then `unfinished`.
        """

        def tell(paths: list[str]) -> None:
            if on_pages is not None:
                on_pages([url_of(path) for path in paths])

        self._builder = SiteBuilder(
            tree,
            options,
            reporter,
            on_pages=tell,
            on_indexes=on_indexes if on_indexes is not None else lambda: None,
            give_way=give_way,
        )

    def build(self) -> BuildReport:
        """Look at everything and bring the site up to date: `sitegen build`.

        Raises:
            SitegenError: as `build_site`; the site on disk is as it was.
        """
        return self._builder.build()

    def update(self, paths: Collection[str] | None = None, first: Sequence[str] = ()) -> BuildReport:
        """Bring the site up to date after changes.

        Args:
            paths: files and folders that may have changed, been added or deleted, `/`-separated, relative to the
                archive's root (`content/articles/2018/06/slug.md`); nothing else is looked at. None: look everywhere.
            first: root-relative URLs of the pages that people are looking at: written before all others.

        Raises:
            SitegenError: as `build_site`; the site on disk is as it was.
        """
        return self._builder.build(paths, first)

    def warm(self) -> None:
        """After a build: load and compile what the next change would have to wait for.

        Raises:
            ThemeError: a template is missing or does not parse.
        """
        self._builder.warm()

    @property
    def unfinished(self) -> bool:
        """Whether the last update gave way before it had looked at all pages; any later one goes on."""
        return self._builder.unfinished

    def close(self) -> None:
        """Let go of open files, and forget what is known; the next build looks at everything again."""
        self._builder.close()


def url_of(path: str) -> str:
    """Root-relative URL of an output file: `2018/06/slug/index.html` → `/2018/06/slug/`."""
    return "/" + (path.removesuffix("index.html") if path == "index.html" or path.endswith("/index.html") else path)
