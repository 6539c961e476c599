"""All that decides a site: content, settings, theme, editors' judgements; and what of it is not what it was."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from stat import S_ISREG

import msgspec

from sitegen.config import CONFIG_NAME, Config
from sitegen.digest import short_digest, value_digest
from sitegen.entities.redaction import Redaction
from sitegen.model import Problem
from sitegen.pipeline.current_cards import redaction_in
from sitegen.pipeline.glance import Sight, look, scan_content
from sitegen.plan.urls import spelling
from sitegen.render.theme_source import ThemeSource, load_theme
from sitegen.store.source_tree import FileStat, SourceTree, read_judgements
from sitegen.store.theme_files import read_theme


class SiteInputs(msgspec.Struct, frozen=True):
    """What was found."""

    config: Config
    theme: ThemeSource
    judgements: str
    """The text of `content/entities.yaml`."""
    pages: Mapping[str, FileStat]
    """Files of `content/articles` and `content/pages`, by path below `content/`."""
    media: Mapping[str, FileStat]
    """Files of `content/media`, likewise."""
    problems: tuple[Problem, ...]
    """Files and folders that could not be looked at, and media that are left out."""
    redaction: Redaction | None = None
    """Names that are withheld."""
    looked_at: frozenset[str] | None = None
    """Paths of `pages` that were looked at again, where all others were taken as they were; None: all were."""

    @property
    def settings_digest(self) -> str:
        """Of all settings."""
        return value_digest(self.config)

    @property
    def templates_digest(self) -> str:
        """Of the theme without its assets."""
        return value_digest(self.theme.name, self.theme.templates, self.theme.settings, self.theme.messages)

    @property
    def asset_digests(self) -> dict[str, str]:
        """Of each asset of the theme."""
        return {path: short_digest(data) for path, data in sorted(self.theme.assets.items())}


def look_everywhere(tree: SourceTree, sight: Sight | None = None) -> SiteInputs:
    """Read settings, theme and judgements, and scan content; `sight` is what lies there, if it is known already.

    Raises:
        ConfigError, ThemeError, ContentError: settings, theme or judgements cannot be used.
    """
    sight = sight or look(tree)
    redaction = redaction_in(sight.judgements, lambda: sight.config)
    media = {file.path: file for file in sight.media}
    left_out: list[Problem] = []
    if redaction is not None:
        media, left_out = _without_names(media, redaction)
    return SiteInputs(
        config=sight.config,
        theme=load_theme(sight.theme),
        judgements=sight.judgements,
        pages={file.path: file for file in sight.pages},
        media=media,
        problems=(*sight.problems, *left_out, *_names_alike(media)),
        redaction=redaction,
    )


def look_at(tree: SourceTree, known: SiteInputs, paths: Collection[str]) -> SiteInputs:
    """What was found, looked at again where it may have changed.

    Args:
        tree: the archive.
        known: what was found last time.
        paths: files and folders, `/`-separated, relative to the archive's root; others are taken as they were.

    Raises:
        ConfigError, ThemeError, ContentError: as above.
    """
    pages: dict[str, FileStat] | None = None
    looked_at: set[str] = set()
    changed: dict[str, object] = {}
    if known.redaction is not None and not all(
        path.startswith(("content/articles/", "content/pages/")) for path in paths
    ):
        return look_everywhere(tree)
    for path in sorted(paths):
        top, _, rest = path.strip("/").partition("/")
        if path == CONFIG_NAME or top == "themes":
            config = tree.load_config()
            changed |= {"config": config, "theme": load_theme(read_theme(tree.root, config.theme))}
        elif path == "content/entities.yaml":
            judgements = read_judgements(tree.content)
            if redaction_in(judgements, tree.load_config) is not None:
                return look_everywhere(tree)
            changed["judgements"] = judgements
        elif top == "content" and rest.startswith(("articles/", "pages/")):
            pages = dict(known.pages) if pages is None else pages
            looked_at.add(rest)
            if known.problems or not _look_at_page(tree, rest, pages):
                return look_everywhere(tree)
        elif top == "content" and (rest == "media" or rest.startswith("media/")):
            found, problems = scan_content(tree, ("media",))
            media = {file.path: file for file in found}
            if problems or _names_alike(media):
                return look_everywhere(tree)
            changed["media"] = media
        elif path in ("", "content", "content/articles", "content/pages"):
            return look_everywhere(tree)
    if pages is not None:
        changed["pages"] = pages
    return msgspec.structs.replace(known, **changed, looked_at=frozenset(looked_at))


def _names_alike(media: Iterable[str]) -> list[Problem]:
    """Files that some disks and hosts take for the same. All of them are published."""
    found: list[Problem] = []
    first: dict[str, str] = {}
    for path in media:
        other = first.setdefault(spelling(path), path)
        if other != path:
            found.append(
                Problem(
                    path=f"content/{path}",
                    code="names-alike",
                    message=f"its name differs from `{other[-80:]}` in case or Unicode form alone",
                    hint="rename one of them: on some disks and hosts there can be only one",
                )
            )
    return found


def _without_names(media: Mapping[str, FileStat], redaction: Redaction) -> tuple[dict[str, FileStat], list[Problem]]:
    """The files whose names tell nothing that is withheld, and what is said of the others."""
    names = redaction.everywhere
    out = [path for path in media if names.are_in(path)]
    hint = "give it another name; what a picture or a document shows is for you to look at"
    return {path: file for path, file in media.items() if path not in out}, [
        Problem(path=f"content/{path}", code="name-withheld", message="left out: its name is withheld", hint=hint)
        for path in out
    ]


def _look_at_page(tree: SourceTree, path: str, pages: dict[str, FileStat]) -> bool:
    """Bring the entry of one page up to date; False where it takes a scan to know (folders, links, odd names)."""
    name = path.rpartition("/")[2]
    if any(part.startswith(".") for part in path.split("/")):
        return True  # Hidden, as an editor's temporary files are.
    full = os.path.join(tree.content, path)  # noqa: PTH118 - called for each of thousands of changes
    try:
        stat = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        # A folder that has gone takes its pages along.
        return pages.pop(path, None) is not None or not any(other.startswith(path + "/") for other in pages)
    except OSError:
        return False
    if (
        not S_ISREG(stat.st_mode)
        or not name.isprintable()
        or os.path.realpath(full) != f"{os.path.realpath(tree.content)}/{path}"
    ):
        return False
    if name.lower().endswith(".md"):
        pages[path] = FileStat(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return True
