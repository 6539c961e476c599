"""Small archives for tests: made of a dict of files, ingested, built and compared by their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sitegen.model import Problem
from sitegen.pipeline.build_site import BuildOptions, BuildReport, build_site
from sitegen.pipeline.ingest_articles import IngestOptions, IngestReport, ingest_articles
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

Files = Mapping[str, str | bytes]
"""Path relative to the archive's root → what the file holds."""

SETTINGS = 'title = "Test archive"\nbase_url = "https://example.org/archive/"\n'


class Archive:
    """An archive in a folder, with the steps that tests take again and again."""

    def __init__(self, root: Path, files: Files | None = None) -> None:
        self.root = root
        self.write({"sitegen.toml": SETTINGS, **(files or {})})

    @property
    def tree(self) -> SourceTree:
        """The archive as the program sees it."""
        return SourceTree(self.root)

    @property
    def site(self) -> Path:
        """The output folder."""
        return self.root / "site"

    def write(self, files: Files) -> None:
        """Write files."""
        for path, data in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data.encode() if isinstance(data, str) else data)

    def text(self, path: str) -> str:
        """A file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    def pages(self) -> list[str]:
        """Paths of all article pages, relative to `content/articles`."""
        return sorted(p.relative_to(self.root / "content/articles").as_posix() for p in self.page_files())

    def page_files(self) -> list[Path]:
        """All article pages."""
        return sorted((self.root / "content/articles").rglob("*.md"))

    def ingest(self, *paths: Path, **options: Any) -> IngestReport:
        """Ingest with one process and without a tagger, unless the options say otherwise."""
        chosen = {"jobs": 1, "tagger": "none", **options}
        return ingest_articles(self.tree, IngestOptions(paths=paths, **chosen), Silent())

    def build(self, **options: Any) -> BuildReport:
        """Build with one process, unless the options say otherwise."""
        return build_site(self.tree, BuildOptions(**{"jobs": 1, "explain": True, **options}), Silent())


def article(title: str = "A title", body: str = "Some text.", **fields: str) -> str:
    """A page of `content/articles`; fields are written as they are."""
    lines = [f"title: {title}", *(f"{key}: {value}" for key, value in fields.items())]
    return "---\n" + "\n".join(lines) + f"\n---\n{body}\n"


def page(path: str, title: str = "A title", body: str = "Some text.", **fields: str) -> dict[str, str]:
    """An article as a file of an archive: `page("1969/07/landing", …)`."""
    return {f"content/articles/{path}.md": article(title, body, **fields)}


def tree_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder: path → bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in walk(folder)}


def walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder, hidden ones too."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def codes(problems: list[Problem] | tuple[Problem, ...]) -> list[str]:
    """The codes of some problems, sorted."""
    return sorted(problem.code for problem in problems)


def differences(left: Mapping[str, bytes], right: Mapping[str, bytes]) -> list[str]:
    """Paths whose bytes differ or that only one side has: short to read where a whole site would not be."""
    return sorted(path for path in {*left, *right} if left.get(path) != right.get(path))
