"""What hosts are told, checked with real requests to a real nginx; and that no address breaks out of its line."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archive_support import Archive, page
from hypothesis import given
from hypothesis import strategies as st
from publish_support import Disk, MemoryTarget, send, site_files
from servers import fetch, free_port, program, running

from sitegen.config import PublishSettings
from sitegen.pipeline.reporter import Silent
from sitegen.publish.addresses import parse_address
from sitegen.publish.headers import IMMUTABLE, REVALIDATE, SECURITY, content_type
from sitegen.publish.host_files import KINDS, host_files
from sitegen.publish.prepare import prepare, whole_site
from sitegen.publish.publish_site import PublishOptions, publish_site
from sitegen.publish.redirects import read_redirects
from sitegen.publish.targets.folder import FolderTarget

MakeArchive = Callable[..., Archive]


def made_site(archive: MakeArchive, base_url: str) -> Archive:
    """A small archive with old addresses."""
    made = archive(
        {
            "sitegen.toml": f'title = "T"\nbase_url = "{base_url}"\n[search]\nfile_urls = false\n',
            **page("1969/07/landing", "Landing", "Text. " * 400, aliases="[/old/place/, /älter/]", date="1969-07-20"),
        }
    )
    made.build()
    return made


@pytest.mark.parametrize("base", ["/", "/archive/"])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
def test_nginx_serves_the_site_as_it_should_be(
    archive: MakeArchive, tmp_path: Path, base: str, compressed: bool
) -> None:
    """Types, lifetimes, the policy, redirects, the site's own 404 page, compression: each with a real request."""
    nginx = program("nginx")
    made = made_site(archive, f"https://example.org{base}")
    settings = PublishSettings("folder:/x", compress=("gzip",) if compressed else ())
    config = made.tree.load_config()
    prepared = prepare(made.tree, config, settings, parse_address(settings.target))
    root = tmp_path / "www"
    www = root / base.strip("/")
    publish_site(prepared.files, [], FolderTarget(www), PublishOptions(), Silent())
    files = host_files("nginx", read_redirects(whole_site(made.tree, config)), base, compressed=compressed)
    with nginx_server(nginx, tmp_path, files["nginx.conf"].decode(), root) as top:
        check_requests(top + base.rstrip("/"), base, www)


@contextlib.contextmanager
def nginx_server(nginx: str, folder: Path, text: str, www: Path) -> Iterator[str]:
    """An nginx with the snippet; its address."""
    port = free_port()
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("    listen [::]:80;\n", "")
    text = re.sub("root /srv/www.*;", f'root "{www}";', text)
    text = text.replace("include mime.types;", "include /etc/nginx/mime.types;")
    for parent in [www, *www.parents]:
        if parent.is_relative_to(folder.parents[1]):
            parent.chmod(parent.stat().st_mode | 0o755)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n"
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\ninclude {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    with running([nginx, "-c", str(folder / "nginx.conf")], port, folder / "nginx.log"):
        yield f"http://127.0.0.1:{port}"


def check_requests(top: str, base: str, www: Path) -> None:
    status, headers, body = fetch(f"{top}/")
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", REVALIDATE)
    assert body == (www / "index.html").read_bytes()
    assert {name: headers[name.lower()] for name in SECURITY} == SECURITY
    assert fetch(f"{top}/", **{"If-None-Match": headers["etag"]})[0] == 304
    (shard,) = [path for path in (www / "search").rglob("*") if "/d/" in str(path) and path.suffix in (".json", ".js")]
    status, headers, body = fetch(f"{top}/{shard.relative_to(www)}")
    assert (status, headers["cache-control"], body) == (200, IMMUTABLE, shard.read_bytes())
    assert headers["content-security-policy"] == SECURITY["Content-Security-Policy"]
    for path, kind in (("search/index.json", "application/json"), ("assets/site.js", "text/javascript; charset=utf-8")):
        _, headers, _ = fetch(f"{top}/{path}")
        assert (headers["content-type"], headers["cache-control"]) == (kind, REVALIDATE), path
    for old in ("old/place/", "%C3%A4lter/"):
        status, headers, _ = fetch(f"{top}/{old}")
        assert (status, re.sub("^http://[^/]*", "", headers["location"])) == (301, f"{base}1969/07/landing/")
    status, headers, body = fetch(f"{top}/no/such/page/")
    assert (status, body) == (404, (www / "404.html").read_bytes())
    assert fetch(f"{top}/.sitegen-publish/list-1.tsv.gz")[0] == 404
    _, headers, packed = fetch(f"{top}/1969/07/landing/", **{"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert "vary" in headers
    assert gzip.decompress(packed) == (www / "1969/07/landing/index.html").read_bytes()


def test_netlify_and_cloudflare_get_their_files_with_the_site(archive: MakeArchive) -> None:
    """As part of what is published, so that they are deleted with it, too."""
    made = made_site(archive, "https://example.org/")
    config = made.tree.load_config()
    for host in ("netlify", "cloudflare"):
        settings = PublishSettings("folder:/x", host=host, domain="a.example.org")
        prepared = prepare(made.tree, config, settings, parse_address(settings.target))
        assert prepared.problems == []
        moved = prepared.files["_redirects"].read().decode()
        assert "/old/place/ /1969/07/landing/ 301\n" in moved
        assert "/%C3%A4lter/ /1969/07/landing/ 301\n" in moved
        headers = prepared.files["_headers"].read().decode()
        assert headers.startswith("/*\n  Content-Security-Policy: ")
        assert f"/search/:kind/:name\n  ! Cache-Control\n  Cache-Control: {IMMUTABLE}" in headers
        assert prepared.files["CNAME"].read() == b"a.example.org\n"


def test_cloudflare_takes_so_many_redirects(archive: MakeArchive) -> None:
    """Those beyond its limit are left to the pages that redirect."""
    moved = {f"/old{number}/": "/new/" for number in range(2_500)}
    assert host_files("cloudflare", moved)["_redirects"].count(b"\n") == 2_000
    assert host_files("netlify", moved)["_redirects"].count(b"\n") == 2_500


ODD = st.text(min_size=1, max_size=20).map(lambda text: f"/{text}/")


@given(st.dictionaries(ODD, ODD, max_size=3), st.sampled_from(KINDS))
def test_no_address_breaks_out_of_its_line(redirects: dict[str, str], kind: str) -> None:
    """Quotes, braces, semicolons, spaces, line breaks: each redirect is one line of plain characters."""
    plain = host_files(kind, {f"/a{number}/": "/b/" for number in range(len(redirects))})
    for name, data in host_files(kind, redirects).items():
        data.decode("ascii")
        assert data.count(b"\n") == plain[name].count(b"\n")
        if name == "_redirects":
            assert all(re.fullmatch(r"/[\w%./~-]* /[\w%./~-]* 301", line) for line in data.decode().splitlines())


def test_only_pages_that_redirect_inside_the_site_are_redirects() -> None:
    """A refresh to another host, or of a page with words of its own, is none."""
    refresh = '<meta http-equiv="refresh" content="0; url={}">'
    pages = {
        "a/index.html": refresh.format("../b/index.html"),
        "c/index.html": refresh.format("https://elsewhere.example/"),
        "d/index.html": "<p>words",
        "e/index.html": refresh.format("../b/") + "x" * 5_000,
        "f/g/index.html": refresh.format("../../%C3%BC/?a&amp;b"),
        "h.html": refresh.format("b/"),
    }
    found = read_redirects(site_files({path: text.encode() for path, text in pages.items()}))
    assert found == {"/a/": "/b/", "/f/g/": "/ü/"}


def test_types_of_files() -> None:
    """What is not known is to be downloaded, never guessed."""
    assert content_type("a/b.HTML") == "text/html; charset=utf-8"
    assert content_type("a.b/c") == "application/octet-stream"
    assert content_type("x.exe") == "application/octet-stream"


def test_compressed_copies_follow_their_files(archive: MakeArchive) -> None:
    """Made only of text that is worth it, kept while the file is the same, deleted with it."""
    made = made_site(archive, "https://example.org/")
    made.write({"content/media/a.png": os.urandom(5_000), "content/media/b.svg": "<svg>" + "x" * 5_000 + "</svg>"})
    made.build()
    brotli = pytest.importorskip("brotli")
    settings = PublishSettings("folder:/x", compress=("gzip", "brotli"))
    prepared = prepare(made.tree, made.tree.load_config(), settings, parse_address(settings.target))
    files = prepared.files
    assert gzip.decompress(files["index.html.gz"].read()) == files["index.html"].read()
    assert brotli.decompress(files["index.html.br"].read()) == files["index.html"].read()
    assert "media/b.svg.gz" in files
    assert not {"media/a.png.gz", "robots.txt.gz"} & set(files)
    disk = Disk()
    plain = {path: file.read() for path, file in files.items()}
    send(plain, MemoryTarget(disk))
    uploads = MemoryTarget(Disk())
    publish_site(files, [], uploads, PublishOptions(), Silent())
    copy = uploads.disk.uploads["index.html.br"]
    assert (copy.encoding, copy.content_type, copy.cache_control) == ("br", "text/html; charset=utf-8", REVALIDATE)


def test_a_simple_server_serves_a_published_folder(archive: MakeArchive, tmp_path: Path) -> None:
    """Nothing but files is needed."""
    made = made_site(archive, "https://example.org/")
    prepared = prepare(made.tree, made.tree.load_config(), PublishSettings("folder:/x"), parse_address("folder:/x"))
    publish_site(prepared.files, [], FolderTarget(tmp_path / "www"), PublishOptions(), Silent())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path / "www"))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert fetch(f"http://127.0.0.1:{server.server_port}/1969/07/landing/")[0] == 200
        server.shutdown()


def test_caddy_takes_its_file(archive: MakeArchive, tmp_path: Path) -> None:
    """`caddy validate` has nothing to say; skipped where there is no Caddy."""
    caddy = program("caddy")
    (tmp_path / "Caddyfile").write_bytes(host_files("caddy", {"/old/": "/new/"}, "/archive/")["Caddyfile"])
    subprocess.run([caddy, "validate", "--config", str(tmp_path / "Caddyfile")], check=True, capture_output=True)
