"""All that a target is to hold, and what is to be said about it before anything goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from sitegen.config import Config, PublishSettings
from sitegen.model import Problem
from sitegen.publish.addresses import Address
from sitegen.publish.host_files import host_files
from sitegen.publish.preflight import guess_host, preflight
from sitegen.publish.redirects import read_redirects
from sitegen.publish.site_files import SiteFile, read_site, with_copies, with_extras
from sitegen.render.urls import base_path
from sitegen.store.locks import hold
from sitegen.store.output_tree import OutputTree
from sitegen.store.source_tree import SourceTree

_SITEMAP = re.compile(r"sitemap[^/]*\.xml")


class Prepared(msgspec.Struct, frozen=True):
    """What goes out, and what a host would say to it."""

    files: dict[str, SiteFile]
    problems: list[Problem]


def whole_site(tree: SourceTree, config: Config) -> dict[str, SiteFile]:
    """The built site; a build that was cut off is finished first.

    Raises:
        UsageError: there is no site.
        LockedError: a build is at work.
    """
    output = OutputTree(tree.root / config.output)
    with hold(tree.state, "build", timeout=30):
        output.recover()
        return read_site(output)


def prepare(tree: SourceTree, config: Config, settings: PublishSettings, address: Address) -> Prepared:
    """The site with what its host and settings ask for.

    Raises:
        UsageError: there is no site, or a library for compression is missing.
        LockedError: a build is at work.
    """
    site = whole_site(tree, config)
    host = settings.host or guess_host(address, config.base_url)
    extras: dict[str, bytes] = {}
    redirects: Mapping[str, str] = {}
    if address.kind == "git":
        extras[".nojekyll"] = b""
    if settings.domain:
        extras["CNAME"] = settings.domain.encode() + b"\n"
    if settings.host in ("netlify", "cloudflare"):
        redirects = read_redirects(site)
        extras.update(host_files(settings.host, redirects, base_path(config.base_url)))
    files = with_copies(with_extras(site, extras), settings.compress)
    sitemaps = {path: file.read().count(b"<loc>") for path, file in site.items() if _SITEMAP.fullmatch(path)}
    sizes = {path: file.size for path, file in files.items()}
    return Prepared(files, preflight(host, sizes, sitemaps, len(redirects)))
