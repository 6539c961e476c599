"""A name that editors withhold is in no byte of what is published, and comes back as it was."""

from __future__ import annotations

import gzip
import io
import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from archive_support import Archive, page, tree_bytes

from sitegen.errors import UsageError
from sitegen.pipeline import judge_entities
from sitegen.pipeline.build_site import BuildOptions
from sitegen.pipeline.entity_desk import open_desk
from sitegen.pipeline.export_archive import export_articles, export_bag
from sitegen.pipeline.live_site import LiveSite
from sitegen.pipeline.reporter import Silent
from sitegen.pipeline.search_archive import search_archive
from sitegen.publish.diff import diff, finished
from sitegen.publish.far_list import FarFile, FarList
from sitegen.publish.takedowns import refuse_stale_site, withdrawn_paths
from sitegen.store.output_tree import OutputTree

MakeArchive = Callable[..., Archive]

PARTS = ("zaraphine", "quuxworth", "quüxworth")
"""What stands in no other name."""

BODY = """Zaraphine Quüxworth’s trial began. QUUXWORTH spoke, said **Zaraphine** Quuxworth of Houston; Zaraphine
Quuxworth wept, and Qu&uuml;xworth's [home page](https://example.org/zaraphine-quuxworth) was shown with
[her letter](https://example.org/%5Azaraphine_quuxworth).

![Zaraphine Quuxworth in court](/media/zaraphine-quuxworth.png)

> The Quuxworths were there, and so was Neil Armstrong of Quorum, in Houston. zaraphine.quuxworth@example.org
"""

FILES = {
    **page(
        "1969/07/quuxworth-trial",
        "Zaraphine Quuxworth, trial begins",
        BODY,
        id="quuxworth-trial",
        date="1969-07-20",
        aliases="[/old/zaraphine-quuxworth/]",
        authors="[Zaraphine Quuxworth, Jane Roe]",
        source="{name: Quuxworth Gazette, url: 'https://example.org/quuxworth', file: content/raw/quuxworth.txt}",
        people="[{name: Zaraphine Quüxworth, as: [Quuxworth]}, Neil Armstrong]",
        organizations="[Zaraphine Quuxworth Foundation, Quorum]",
        places="[Houston]",
        tags="[quuxworth trial, courts]",
    ),
    **page("1969/07/x", "A neighbour", "Neil Armstrong in Houston.", date="1969-07-19", people="[Neil Armstrong]",
           places="[Houston]"),
    **page("1969/08/y", "Verdict", "“Zaraphine M.” said Zaraphine Quuxworth in Houston. Quuxworth lost.",
           date="1969-08-02", people="[Zaraphine Quuxworth]", places="[Houston]"),
    **page("1970/01/z", "Another", "Nothing to see here: Houston.", date="1970-01-02", places="[Houston]"),
    "content/pages/about.md": "---\ntitle: About\n---\nFounded by Zaraphine Quuxworth.\n",
    "content/media/zaraphine-quuxworth.png": b"\x89PNG",
    "content/media/other.png": b"\x89PNG",
}  # fmt: skip
OTHERS = """- name: Zaraphine Quuxworth Fund
  kind: organization
  aliases: [Quorum]
- name: Neil Armstrong
  kind: person
  aliases: [Friend of Zaraphine Quuxworth]
"""


_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def traces(files: dict[str, bytes]) -> list[str]:
    """Files that hold a part of the name, in whatever case, escaped or packed."""
    found = []
    for path, data in files.items():
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        text = plain.decode("utf-8", "replace")
        forms = [path, text, _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text), unescape(text), unquote(text)]
        if any(part in form.casefold() for part in PARTS for form in forms):
            found.append(path)
    return sorted(found)


def withhold(made: Archive, name: str = "Zaraphine Quuxworth", **options: object) -> judge_entities.Effect:
    """As `sitegen entities redact`."""
    desk = open_desk(made.tree)
    judgement = judge_entities.redact(made.tree, desk, name, **options)  # type: ignore[arg-type]
    effect = judge_entities.propose(desk, judgement)
    judge_entities.write(made.tree, judgement)
    return effect


def tell_again(made: Archive) -> None:
    """As `sitegen entities unredact`."""
    desk = open_desk(made.tree)
    judgement = judge_entities.unredact(desk, "Zaraphine Quuxworth")
    judge_entities.propose(desk, judgement)
    judge_entities.write(made.tree, judgement)


def clean_bytes(made: Archive, folder: Path) -> dict[str, bytes]:
    """The site that a clean build makes of the same content."""
    shutil.copytree(made.root / "content", folder / "content")
    fresh = Archive(folder)
    shutil.copyfile(made.root / "sitegen.toml", folder / "sitegen.toml")
    fresh.build()
    return tree_bytes(fresh.site)


@pytest.mark.parametrize("judged", ["", OTHERS])
def test_no_byte_of_a_withheld_name_is_published(archive: MakeArchive, tmp_path: Path, judged: str) -> None:
    """Texts, headlines, captions, bylines, addresses, lists, feeds, both indexes: not even part of it is left."""
    made = archive({**FILES, **({"content/entities.yaml": judged} if judged else {})})
    made.build()
    before = tree_bytes(made.site)
    assert len(traces(before)) > 12
    effect = withhold(made)
    assert effect.changed
    report = made.build()
    assert traces(tree_bytes(made.site)) == []
    assert [problem.code for problem in report.problems] == ["name-withheld"]
    assert tree_bytes(made.site) == clean_bytes(made, tmp_path / "clean")
    assert search_archive(made.tree, "Quuxworth", 5).total == 0
    assert search_archive(made.tree, "Zaraphine", 5).total == 0
    assert search_archive(made.tree, "trial", 5).total == 1
    tell_again(made)
    made.build()
    assert tree_bytes(made.site) == before
    assert search_archive(made.tree, "Quuxworth", 5).total >= 2


def test_a_site_held_open_follows(archive: MakeArchive, tmp_path: Path) -> None:
    """Withheld, an article added, and told again, while `serve` holds the site: each time as a clean build."""
    made = archive(FILES)
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent())
    site.build()
    withhold(made)
    site.update(["content/entities.yaml"])
    assert traces(tree_bytes(made.site)) == []
    assert tree_bytes(made.site) == clean_bytes(made, tmp_path / "one")
    made.write(page("1970/02/a", "Zaraphine Quuxworth again", "She spoke.", date="1970-02-01"))
    made.write({"content/media/quuxworth-zaraphine.png": b"x", "content/media/zaraphine_quuxworth-2.png": b"x"})
    (made.root / "content/articles/1970/01/z.md").unlink()
    site.update(["content/articles/1970/02/a.md", "content/articles/1970/01/z.md", "content/media"])
    assert traces(tree_bytes(made.site)) == []
    assert tree_bytes(made.site) == clean_bytes(made, tmp_path / "two")
    tell_again(made)
    site.update(["content/entities.yaml"])
    assert tree_bytes(made.site) == clean_bytes(made, tmp_path / "three")
    site.close()


@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
@pytest.mark.parametrize("kind", ["jsonl", "csv", "bibtex", "graphml"])
def test_no_export_holds_a_withheld_name(archive: MakeArchive, kind: str, built: bool) -> None:
    """With an old cache, a new one or none, for each format."""
    made = archive({**FILES, "content/entities.yaml": OTHERS})
    made.build()
    withhold(made)
    if built:
        made.build()
    out = io.BytesIO()
    export_articles(made.tree, kind, out, Silent())
    assert traces({"": out.getvalue()}) == []
    assert b"Houston" in out.getvalue() or kind == "bibtex"


def test_a_bag_leaves_out_what_gives_a_withheld_name(archive: MakeArchive, tmp_path: Path) -> None:
    """Pages, raw files, media and the judgement itself; all else is in it."""
    pytest.importorskip("bagit")
    made = archive({**FILES, "content/raw/quuxworth.txt": "Zaraphine Quuxworth", "content/entities.yaml": OTHERS})
    withhold(made, reason="Zaraphine asked")
    made.build()
    report = export_bag(made.tree, tmp_path / "bag", Silent())
    assert traces(tree_bytes(tmp_path / "bag")) == ["data/content/entities.yaml"]  # In the names of others, as judged.
    assert "redact" not in (tmp_path / "bag/data/content/entities.yaml").read_text(encoding="utf-8")
    assert (tmp_path / "bag/data/content/articles/1970/01/z.md").exists()
    assert {problem.path for problem in report.problems} >= {"content/raw/quuxworth.txt"}


def test_what_was_published_with_the_name_is_taken_down(archive: MakeArchive) -> None:
    """The old addresses, the pages that gave the name, and all below the entity's folder, are purged first."""
    made = archive(FILES)
    made.build()
    published = {path: "1" for path in tree_bytes(made.site) if not path.startswith(".sitegen")}
    far = FarList(files={path: FarFile(digest, 1) for path, digest in published.items()})
    withhold(made)
    with pytest.raises(UsageError, match="taken down"):
        refuse_stale_site(made.tree, OutputTree(made.site))
    made.build()
    plan = diff({path: "2" for path in published if (made.site / path).exists()}, far, withdrawn_paths(made.tree))
    first = {path for step in plan.purge for path in step.paths}
    assert first >= {
        "1969/07/quuxworth-trial/index.html",
        "old/zaraphine-quuxworth/index.html",
        "1969/08/y/index.html",
        "people/zaraphine-quuxworth/index.html",
        "archive/1969/07/articles.json",
        "feed.xml",
    }
    assert "places/houston/index.html" not in first
    again = diff(
        dict.fromkeys(published, "2"), finished(far, plan, {}, withdrawn_paths(made.tree)), withdrawn_paths(made.tree)
    )
    assert not again.takedowns


def test_an_effect_tells_what_is_lost_and_what_stays(archive: MakeArchive) -> None:
    """Articles, pages that go, addresses that change, a surname that stands alone elsewhere, names like it."""
    made = archive(
        {
            **FILES,
            **page("1970/03/a", "A", "Quuxworth alone.", people="[Quuxworth]"),
            **page("1970/03/b", "B", "Zaraphine M. Quuxworth.", people="[Zaraphine M. Quuxworth]"),
        }
    )
    made.build()
    effect = withhold(made, also=("Zara",))
    told = "\n".join(effect.notes)
    assert "the name stands in 2 articles" in told
    assert "the address changes of 1 article" in told
    assert "`Quuxworth` stands alone in 2 articles more" in told
    assert "`Zaraphine M. Quuxworth` (1 article)" in told
    assert "/people/zaraphine-quuxworth/" in effect.disappear
    assert "aliases: [Zara]" in made.text("content/entities.yaml")
    desk = open_desk(made.tree)
    with pytest.raises(UsageError, match="not one name"):
        judge_entities.unredact(desk, "Neil Armstrong")


def test_a_name_that_no_article_tags_can_be_withheld(archive: MakeArchive) -> None:
    """Taggers miss names; the kind is then said by the editor, or a person's."""
    made = archive(page("1970/03/a", "The Gazworks", "Gazworks Ltd closed. GAZWORKS LTD owes. Old gazworks stay."))
    withhold(made, "Gazworks Ltd", kind="organization")
    made.build()
    text = made.text("site/1970/03/a/index.html")
    assert text.count('<span class="withheld">[name withheld]</span>') == 2
    assert "The Gazworks" in text
    assert "Old gazworks stay" in text


def test_a_namesake_split_off_is_withheld_in_its_articles_only(archive: MakeArchive) -> None:
    """The senator keeps the name that the other one loses."""
    judged = "- name: John Smith (grocer)\n  kind: person\n  articles: [b]\n  redact: true\n"
    made = archive(
        {
            **page("1970/03/a", "A", "John Smith voted.", id="a", people="[John Smith]"),
            **page("1970/03/b", "B", "John Smith sold. Smith laughed.", id="b", people="[John Smith]"),
            "content/entities.yaml": judged,
        }
    )
    made.build()
    assert "John Smith" in made.text("site/1970/03/a/index.html")
    assert "Smith" not in made.text("site/1970/03/b/index.html")


def test_the_mark_is_told_in_the_language_of_the_archive(archive: MakeArchive) -> None:
    """And follows it."""
    made = archive({**FILES, "content/entities.yaml": "- {name: Zaraphine Quuxworth, kind: person, redact: true}\n"})
    for language, mark in (("de", "[Name nicht genannt]"), ("he", "[השם הושמט]"), ("en", "[name withheld]")):
        made.write({"sitegen.toml": f'title = "A"\nlanguage = "{language}"\n'})
        made.build()
        assert mark in made.text("site/1969/08/y/index.html")


def test_an_archive_without_withheld_names_reads_no_judgements_for_it(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages cost what they did: no name is looked for."""
    made = archive({**FILES, "content/entities.yaml": OTHERS})
    monkeypatch.setattr("sitegen.entities.redaction.Redaction.__init__", lambda *_: pytest.fail("looked for names"))
    assert made.build().articles == 4


def test_redacted_articles_say_no_withheld_name_either(archive: MakeArchive) -> None:
    """Not in the editor's note, and not in the address that the notice keeps."""
    made = archive(
        page(
            "1970/03/quuxworth", "A", "B", status="redacted", note="At Zaraphine Quuxworth’s demand.", date="1970-03-01"
        )
    )
    withhold(made)
    made.build()
    files = tree_bytes(made.site)
    assert traces(files) == []
    assert any("At [name withheld]’s demand." in data.decode("utf-8", "replace") for data in files.values())
