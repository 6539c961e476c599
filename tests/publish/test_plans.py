"""The pure parts of publishing: addresses, the far list, limits of hosts; and which addresses are taken down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from archive_support import Archive, codes, page
from hypothesis import given
from hypothesis import strategies as st
from publish_support import small_site

from sitegen.config import Config, PublishSettings, parse_config
from sitegen.errors import ConfigError, ContentError, TargetError, UsageError
from sitegen.pipeline.remove_articles import find_articles, remove_articles
from sitegen.publish.addresses import Address, parse_address, redacted
from sitegen.publish.diff import diff, is_own_path
from sitegen.publish.far_list import FarFile, FarList, decode, encode
from sitegen.publish.numbered_lists import newest, older, unpack
from sitegen.publish.open_target import find_settings, open_target
from sitegen.publish.preflight import guess_host, preflight
from sitegen.publish.takedowns import withdrawn_paths
from sitegen.store.source_tree import SourceTree

MakeArchive = Callable[..., Archive]

# Addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("folder:/srv/www", Address("folder", "/srv/www")),
        ("file:///srv/my%20www", Address("folder", "/srv/my www")),
        ("../www", Address("folder", "../www")),
        ("git:origin", Address("git", "origin", branch="gh-pages")),
        ("git:git@github.com:me/x.git#main:docs", Address("git", "git@github.com:me/x.git", "docs", branch="main")),
        ("git+https://github.com/me/x#pages", Address("git", "https://github.com/me/x", branch="pages")),
        ("git:https://me:tok@h.org/x", Address("git", "https://h.org/x", "", "me", "tok", branch="gh-pages")),
        ("s3://bucket", Address("s3", "bucket")),
        ("s3://bucket/a/b/", Address("s3", "bucket", "a/b")),
        ("sftp://me@host:2222/srv/www/", Address("sftp", "host", "/srv/www", "me", port=2222)),
        ("sftp://host/~/www", Address("sftp", "host", "www")),
        ("sftp://host", Address("sftp", "host", ".")),
        ("rsync:me@host:/srv/www/", Address("rsync", "me@host:/srv/www")),
        ("rsync://me@host:2222/srv/www", Address("rsync", "me@host:/srv/www", port=2222)),
        ("rsync://host/~/www", Address("rsync", "host:www")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """Every form that docs/publish.md names."""
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "live", "ftp://x/y", "s3://", "s3://k:s@bucket", "git:#x", "git:--upload-pack=x", "git:x#--force",
     "git:x#a..b", "git:x#a b", "sftp:///x", "sftp://h:x/",
     "rsync:", "rsync:-e sh", "rsync:://x", "rsync://m:p@h/x", "folder:"],
)  # fmt: skip
def test_addresses_that_are_none(text: str) -> None:
    """Nothing that a program could take for an option gets through."""
    with pytest.raises(UsageError):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/x", "https://***@host/x"),
        ("https://ghp_0123456789012345678901234@host/x", "https://***@host/x"),
        ("https://short-token@host/x", "https://***@host/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("a https://u:p@h/ and sftp://q:r@h/", "a https://***@h/ and sftp://***@h/"),
    ],
)
def test_passwords_are_not_shown(text: str, shown: str) -> None:
    """Nor tokens that stand in for a user."""
    assert redacted(text) == shown


def test_names_of_targets() -> None:
    """By name, by address, the only one there is; a slip is answered with what was meant."""
    live, other = PublishSettings("folder:/a"), PublishSettings("folder:/b")
    one, two = Config(publish={"live": live}), Config(publish={"live": live, "test": other})
    assert find_settings(one, "") == live
    assert find_settings(two, "test") == other
    assert find_settings(two, "folder:/c").target == "folder:/c"
    for config, name, hint in (
        (two, "", "live, test"),
        (two, "lvie", "did you mean `live`?"),
        (Config(), "", "publish"),
    ):
        with pytest.raises(UsageError) as refused:
            find_settings(config, name)
        assert hint in refused.value.problem.hint


def test_settings_of_targets_are_checked() -> None:
    """Passwords, unknown keys, hosts and odd numbers are refused with a line."""
    for text, says in (
        ('[publish.a]\ntarget = "sftp://me:pass@h/x"\n', "holds a password"),
        ('[publish.a]\ntarget = "x"\nhots = "github"\n', "unknown setting `publish.a.hots`"),
        ('[publish.a]\ntarget = "x"\nhost = "geocities"\n', "must be one of"),
        ('[publish.a]\ntarget = "x"\ndomain = "a b"\n', "no domain name"),
        ('[publish.a]\ntarget = "x"\njobs = 1000\n', "between 0 and 64"),
        ('[publish.a]\ntarget = "x"\ncompress = ["zip"]\n', "Invalid enum value"),
    ):
        with pytest.raises(ConfigError) as refused:
            parse_config(text)
        assert says in refused.value.problem.message
        assert refused.value.problem.line > 0 or "enum" in says


def test_a_target_inside_the_archive_is_refused(archive: MakeArchive) -> None:
    """The site would be published into itself, or into content."""
    made = archive()
    for place in ("site", "content/media", ".", "themes/x", ".git"):
        with pytest.raises(UsageError):
            open_target(made.tree, PublishSettings(f"folder:{place}"))
    assert open_target(made.tree, PublishSettings("folder:../www")).name == str(made.root.parent / "www")


@pytest.mark.parametrize(("target", "module", "extra"), [("s3://b", "boto3", "s3"), ("sftp://h/x", "paramiko", "sftp")])
def test_a_missing_library_is_named_with_its_extra(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, target: str, module: str, extra: str
) -> None:
    """Libraries for one kind of target are loaded only for it."""
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(UsageError) as missing:
        open_target(archive().tree, PublishSettings(target))
    assert missing.value.problem.hint == f"pip install 'sitegen[{extra}]'"


# The list


_PATHS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(st.dictionaries(_PATHS, st.builds(FarFile, st.sampled_from(["?", "ab12"]), st.integers(0), st.integers(0))))
def test_the_list_survives_its_bytes(files: dict[str, FarFile]) -> None:
    """Whatever is written is read back; one that is cut off anywhere is refused."""
    far = FarList(generation=3, takedowns=["a"], files=files)
    data = encode(far)
    assert decode(data, "x") == far
    for end in range(0, len(data), 7):
        with pytest.raises(TargetError):
            decode(data[:end], "x")


def test_numbered_lists() -> None:
    """The newest counts, older ones go, other names are nothing."""
    names = ["list-9.tsv.gz", "list-10.tsv.gz", "x", "list-11.tsv.gz.tmp"]
    assert (newest(names), older(names, 10), newest([])) == (10, ["list-9.tsv.gz"], 0)
    with pytest.raises(TargetError):
        unpack(b"rubbish", "x")


@given(st.integers(1, 5), st.integers(1, 5), st.booleans(), st.booleans())
def test_a_plan_touches_each_path_once(old: int, new: int, purge: bool, takedown: bool) -> None:
    """No file is both written and deleted, and what stays the same is not touched."""
    far = FarList(files={path: FarFile(str(data), 1) for path, data in small_site(old).items()})
    digests = {path: str(data) for path, data in small_site(new).items()}
    plan = diff(digests, far, ["1969/07/a5/index.html"] if takedown else [], purge=purge)
    touched = plan.touched()
    assert len(touched) == len(set(touched))
    same = {path for path, digest in digests.items() if path in far.files and far.files[path].digest == digest}
    assert not same & set(touched)
    assert set(touched) | same | set(plan.retired) == set(digests) | set(far.files)


def test_paths_that_lead_elsewhere_are_not_published() -> None:
    """Nothing leaves the folder or touches the list's own."""
    assert is_own_path("a/b.html")
    assert not any(map(is_own_path, ("", "/a", "a//b", "../a", "a/./b", ".sitegen-publish/list-1.tsv.gz")))


# Hosts


def test_what_is_over_a_hosts_limits_is_told_with_what_helps() -> None:
    """Size, number and size of files, files in a folder, sitemaps."""
    many = {f"p{number}/index.html": 10 for number in range(20_001)}
    (found,) = preflight("cloudflare", many, {})
    assert (found.code, "20,001 files, 20,000 are allowed" in found.message) == ("host-files", True)
    assert "min_articles" in found.hint
    big = {"media/film.mp4": 30 * 1024**2, "index.html": 5}
    (found,) = preflight("cloudflare", big, {})
    assert (found.code, "media/film.mp4" in found.message) == ("host-file-size", True)
    assert codes(preflight("github", {"media/x": 60_000_000, "media/y": 999_999_999}, {})) == [
        "host-file-size", "host-size"]  # fmt: skip
    assert "media" in preflight("github", {f"media/{n}": 90_000_000 for n in range(12)}, {})[0].hint
    assert "compress" in preflight("github", {f"{n}.html.gz": 90_000_000 for n in range(12)}, {})[0].hint
    assert codes(preflight("netlify", {f"media/{n}": 1 for n in range(54_001)}, {})) == ["host-folder"]
    assert codes(preflight("github", {f"{n}/index.html": 1 for n in range(100_001)}, {})) == ["host-time"]
    assert codes(preflight("cloudflare", {"a": 1}, {}, redirects=2_001)) == ["host-redirects"]
    assert codes(preflight("", {"sitemap.xml": 5}, {"sitemap.xml": 50_001})) == ["sitemap-limit"]
    for host in ("", "github", "gitlab", "codeberg", "netlify", "cloudflare"):
        assert preflight(host, {"index.html": 5}, {"sitemap.xml": 50_000}) == []


MB = 1_000_000
MIB = 1024**2


@pytest.mark.parametrize(
    ("host", "sizes", "code"),
    [
        ("github", {"a": 999 * MB // 10, **{f"media/{n}": 90 * MB for n in range(10)}}, ""),
        ("github", {"a": 100 * MB + 1, **{f"media/{n}": 90 * MB for n in range(10)}}, "host-size"),
        ("github", {"a": 100 * MIB}, ""),
        ("github", {"a": 100 * MIB + 1}, "host-file-size"),
        ("gitlab", {"a": 1024 * MIB}, ""),
        ("gitlab", {"a": 1024 * MIB + 1}, "host-size"),
        ("gitlab", {f"{n}/index.html": 1 for n in range(200_001)}, "host-files"),
        ("codeberg", {"a": 750 * MIB}, ""),
        ("codeberg", {"a": 750 * MIB + 1}, "host-size"),
        ("netlify", {"a": 10 * MIB}, ""),
        ("netlify", {"a": 10 * MIB + 1}, "host-file-size"),
        ("netlify", {f"media/{n}": 1 for n in range(54_000)}, ""),
        ("cloudflare", {f"{n}/index.html": 1 for n in range(20_000)}, ""),
        ("cloudflare", {"a": 25 * MIB}, ""),
        ("cloudflare", {"a": 25 * MIB + 1}, "host-file-size"),
    ],
    ids=lambda value: value if isinstance(value, str) else len(value),
)
def test_limits_are_where_hosts_say_they_are(host: str, sizes: dict[str, int], code: str) -> None:
    """Just below one nothing is said, just above it what is over, where the host says so, and what helps."""
    found = preflight(host, sizes, {})
    assert codes(found) == ([code] if code else [])
    assert all(problem.path.startswith("https://") and problem.hint for problem in found)


def test_a_sitemap_has_limits_of_number_and_size() -> None:
    """50,000 addresses and 50 MiB (sitemaps.org)."""
    assert preflight("", {"sitemap.xml": 50 * MIB}, {"sitemap.xml": 50_000}) == []
    assert codes(preflight("", {"sitemap.xml": 50 * MIB + 1}, {"sitemap.xml": 10})) == ["sitemap-limit"]


def test_the_host_is_guessed_from_the_address() -> None:
    """Of the repository, or of the site."""
    assert guess_host(parse_address("git:git@github.com:me/x"), "") == "github"
    assert guess_host(parse_address("git:https://codeberg.org/me/x"), "") == "codeberg"
    assert guess_host(None, "https://x.pages.dev/") == "cloudflare"
    assert guess_host(parse_address("folder:/github.com"), "https://example.org/") == ""


# Takedowns


def test_addresses_of_what_was_taken_down(archive: MakeArchive) -> None:
    """Redacted, withdrawn and removed articles, under their old addresses too; published and drafts not."""
    made = archive(
        {
            **page("1969/07/a", id="a", status="withdrawn", aliases="[/old/a/]"),
            **page("1969/07/b", id="b", status="redacted", permalink="/elsewhere/b/"),
            **page("1969/07/c", id="c"),
            **page("1969/07/d", id="d", status="draft"),
            **page("1969/07/e", id="e", permalink="/gone/e/"),
            "content/removed.yaml": "- id: f\n- id: unknown\n",
            "content/ingested.tsv": "f\tx\tarticles/1969/07/f.md\n",
        }
    )
    remove_articles(made.tree, find_articles(made.tree, ["e"]), "")
    assert withdrawn_paths(made.tree) == [
        "1969/07/a/index.html",
        "1969/07/f/index.html",
        "elsewhere/b/index.html",
        "gone/e/index.html",
        "old/a/index.html",
    ]


def test_without_a_readable_list_of_removals_nothing_goes_out(archive: MakeArchive) -> None:
    """Else what was removed might be public again."""
    made = archive({"content/removed.yaml": "- [\n"})
    with pytest.raises(ContentError):
        withdrawn_paths(SourceTree(made.root))
