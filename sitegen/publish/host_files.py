"""Pure: what a host must be told about types, caches, redirects and missing pages, in the host's own language."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from sitegen.publish.headers import IMMUTABLE, REVALIDATE, SECURITY

Redirects = Mapping[str, str]
"""Old address → new address, as `redirects.read_redirects` gives them."""

KINDS = ("netlify", "cloudflare", "nginx", "caddy")
CLOUDFLARE_REDIRECTS = 2_000


def host_files(kind: str, redirects: Redirects, base: str = "/", *, compressed: bool = False) -> dict[str, bytes]:
    """File name → bytes.

    Args:
        kind: one of `KINDS`.
        redirects: old addresses.
        base: path of the site on its host, `/` or `/…/`.
        compressed: compressed copies lie beside the files.
    """
    if kind in ("netlify", "cloudflare"):
        limit = CLOUDFLARE_REDIRECTS if kind == "cloudflare" else len(redirects)
        chosen = dict(sorted(redirects.items())[:limit])
        return {"_headers": _headers(base).encode(), "_redirects": _redirects(chosen, base).encode()}
    if kind == "nginx":
        return {"nginx.conf": _nginx(redirects, base, compressed).encode()}
    if kind == "caddy":
        return {"Caddyfile": _caddy(redirects, base, compressed).encode()}
    raise ValueError(kind)


def _address(path: str, base: str) -> str:
    """An address without a space, quote, line break or other character that ends a word somewhere."""
    return quote(base.rstrip("/") + path, safe="/-._~")


def _headers(base: str) -> str:
    top = _address("/", base)
    lines = [f"{top}*", *(f"  {name}: {value}" for name, value in SECURITY.items())]
    lines += [f"  Cache-Control: {REVALIDATE}"]
    # Both rules fit a shard, and values of one header are joined: the first has to be taken away.
    lines += [f"{top}search/:kind/:name", "  ! Cache-Control", f"  Cache-Control: {IMMUTABLE}"]
    return "\n".join(lines) + "\n"


def _redirects(redirects: Redirects, base: str) -> str:
    return "".join(f"{_address(old, base)} {_address(new, base)} 301\n" for old, new in sorted(redirects.items()))


def _nginx(redirects: Redirects, base: str, compressed: bool) -> str:
    rows = "".join(f"    {_address(old, base)} {_address(new, base)};\n" for old, new in sorted(redirects.items()))
    security = "".join(f'add_header {name} "{value}" always;\n    ' for name, value in SECURITY.items())
    inner = security.replace("\n    ", "\n        ")
    longest = max((len(_address(old, base)) for old in redirects), default=0)
    bucket = 64
    while bucket < longest + 64:
        bucket *= 2
    gzip = ("gzip_static on;" if compressed else "gzip on;\n    gzip_min_length 1000;") + "\n    gzip_vary on;"
    top = _address("/", base)
    map_block = (
        f"""\
# Old addresses. (This part stands outside of `server`, as files in conf.d do.)
map_hash_bucket_size {bucket};
map_hash_max_size {max(2048, 4 * len(redirects))};
map $request_uri $sitegen_path {{
    "~^(?<sitegen_asked>[^?]*)" $sitegen_asked;
}}
map $sitegen_path $sitegen_moved {{
    default "";
{rows}}}

"""
        if redirects
        else ""
    )
    moved = "\n    if ($sitegen_moved) {\n        return 301 $sitegen_moved;\n    }\n" if redirects else ""
    return f"""\
# nginx: change server_name and root, and put this into /etc/nginx/conf.d/.

{map_block}server {{
    listen 80;
    listen [::]:80;
    server_name archive.example.org;
    # {_where(base)}
    root {"/srv/www/archive" if base == "/" else "/srv/www"};
    index index.html;
    charset utf-8;
    charset_types text/plain text/css text/csv text/markdown text/javascript application/javascript;
    include mime.types;
    types {{
        text/javascript js mjs;
        application/manifest+json webmanifest;
        application/jsonl jsonl;
    }}
    {gzip}
    gzip_types text/css text/javascript application/javascript application/json application/xml image/svg+xml;
    error_page 404 {top}404.html;
{moved}
    # Parts of the search index: their names change with their bytes.
    location ~ "^{top}search/[a-z]+/[^/]+-[a-z0-9]{{4,}}\\.(js|json)$" {{
        {inner}add_header Cache-Control "{IMMUTABLE}" always;
    }}

    # What sitegen keeps here for itself.
    location {top}.sitegen-publish/ {{
        return 404;
    }}

    location {top} {{
        {inner}add_header Cache-Control "{REVALIDATE}" always;
    }}
}}
"""


def _where(base: str) -> str:
    if base == "/":
        return "The folder that holds index.html."
    return f"The folder in which {_address(base.rstrip('/'), '')} holds index.html."


def _caddy(redirects: Redirects, base: str, compressed: bool) -> str:
    top = _address("/", base)
    security = "".join(f'\t\t{name} "{value}"\n' for name, value in SECURITY.items())
    rows = "".join(
        f"\tredir {_address(old, base)} {_address(new, base)} 301\n" for old, new in sorted(redirects.items())
    )
    files = "file_server {\n\t\tprecompressed br gzip\n\t}" if compressed else "encode zstd gzip\n\tfile_server"
    return f"""\
# Caddy: change the address and the folder. Certificates come by themselves.
# {_where(base)}

archive.example.org {{
\troot * /srv/www/archive
{rows}\t@shards path_regexp ^{top}search/[a-z]+/[^/]+-[a-z0-9]{{4,}}\\.(js|json)$
\t@others not path_regexp ^{top}search/[a-z]+/[^/]+-[a-z0-9]{{4,}}\\.(js|json)$
\theader {{
{security}\t}}
\theader @shards Cache-Control "{IMMUTABLE}"
\theader @others Cache-Control "{REVALIDATE}"
\t@own path {top}.sitegen-publish/*
\trespond @own 404
\t{files}
\thandle_errors {{
\t\trewrite * {top}404.html
\t\tfile_server
\t}}
}}
"""
