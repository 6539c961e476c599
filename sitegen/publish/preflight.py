"""Pure: what a host would refuse, or do badly with, and which setting helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from sitegen.model import Problem
from sitegen.publish.addresses import Address


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one host takes; 0: no limit that matters. As their documentation said in 2026."""

    name: str
    source: str
    """Where the host says so."""
    site_bytes: int = 0
    files: int = 0
    file_bytes: int = 0
    folder_files: int = 0
    """Files in one folder."""
    redirects: int = 0
    deploy_files: int = 0
    """Files above which a deployment is known to come near the host's time limit."""


LIMITS = {
    "github": Limits(
        name="GitHub Pages",
        source="https://docs.github.com/pages/getting-started-with-github-pages/github-pages-limits",
        site_bytes=1_000_000_000,
        file_bytes=100 * 1024**2,
        deploy_files=100_000,
    ),
    "gitlab": Limits(
        name="GitLab Pages",
        source="https://docs.gitlab.com/administration/instance_limits/",
        site_bytes=1024**3,
        files=200_000,
    ),
    "codeberg": Limits(
        name="Codeberg Pages",
        source="https://blog.codeberg.org/new-storage-limits-on-codeberg-what-you-need-to-know.html",
        site_bytes=750 * 1024**2,
    ),
    "netlify": Limits(
        name="Netlify",
        source="https://docs.netlify.com/deploy/deploy-overview/",
        folder_files=54_000,
        file_bytes=10 * 1024**2,
    ),
    "cloudflare": Limits(
        name="Cloudflare Pages (free plan)",
        source="https://developers.cloudflare.com/pages/platform/limits/",
        files=20_000,
        file_bytes=25 * 1024**2,
        redirects=2_000,
    ),
}
SITEMAP_URLS = 50_000
SITEMAP_BYTES = 50 * 1024**2
_HOST_NAMES = (
    ("github.com", "github"),
    ("github.io", "github"),
    ("gitlab.com", "gitlab"),
    ("gitlab.io", "gitlab"),
    ("codeberg.org", "codeberg"),
    ("codeberg.page", "codeberg"),
    ("netlify.app", "netlify"),
    ("pages.dev", "cloudflare"),
)


def guess_host(address: Address | None, base_url: str) -> str:
    """The host, from the address of a git repository or of the site; empty where neither tells."""
    told = (address.place if address and address.kind == "git" else "") + " " + base_url.lower()
    return next((host for part, host in _HOST_NAMES if part in told), "")


def preflight(
    host: str, sizes: Mapping[str, int], sitemap_urls: Mapping[str, int], redirects: int = 0
) -> list[Problem]:
    """What is over the limits of a host, and of sitemaps.

    Args:
        host: a key of `LIMITS`, or empty.
        sizes: bytes of every file that goes out.
        sitemap_urls: addresses in every sitemap.
        redirects: old addresses for the host's own list.
    """
    found = [
        Problem(
            path=path,
            code="sitemap-limit",
            message=f"the sitemap names {urls:,} addresses in {sizes.get(path, 0):,} bytes; "
            f"search engines read {SITEMAP_URLS:,} and 50 MiB",
            hint="`[entities] min_articles = 2` makes fewer pages",
        )
        for path, urls in sorted(sitemap_urls.items())
        if urls > SITEMAP_URLS or sizes.get(path, 0) > SITEMAP_BYTES
    ]
    limits = LIMITS.get(host)
    if limits is None:
        return found

    def over(code: str, message: str, hint: str) -> None:
        found.append(Problem(path=limits.source, code=code, message=f"{limits.name}: {message}", hint=hint))

    total = sum(sizes.values())
    if limits.site_bytes and total > limits.site_bytes:
        over(
            "host-size",
            f"the site has {total / 1e6:,.0f} MB, {limits.site_bytes / 1e6:,.0f} MB are allowed",
            _size_hint(sizes),
        )
    files = len(sizes)
    if limits.files and files > limits.files:
        over("host-files", f"the site has {files:,} files, {limits.files:,} are allowed", _FEWER)
    elif limits.deploy_files and files > limits.deploy_files:
        over("host-time", f"{files:,} files may take longer to deploy than the ten minutes allowed", _FEWER)
    if limits.folder_files:
        for folder, count in sorted(Counter(path.rpartition("/")[0] for path in sizes).items()):
            if count > limits.folder_files:
                message = f"/{folder} holds {count:,} files, {limits.folder_files:,} are allowed"
                over("host-folder", message, "spread your files in content/media over folders")
    if limits.file_bytes:
        for path, size in sorted(sizes.items()):
            if size > limits.file_bytes:
                message = f"{path} has {size / 1e6:,.1f} MB, {limits.file_bytes / 1e6:,.1f} MB are allowed for a file"
                over("host-file-size", message, _file_hint(path))
    if limits.redirects and redirects > limits.redirects:
        message = f"{redirects:,} old addresses, of which its list takes {limits.redirects:,}"
        over("host-redirects", message, "nothing is lost: the pages that redirect are there too")
    return found


_FEWER = "`[entities] min_articles = 2` (or more) makes fewer pages; `compress = []` for this target leaves out copies"


def _size_hint(sizes: Mapping[str, int]) -> str:
    """The setting that frees most, told from what takes most."""
    parts = {
        "compress": sum(size for path, size in sizes.items() if path.endswith((".gz", ".br"))),
        "media": sum(size for path, size in sizes.items() if path.startswith("media/")),
        "pages": sum(size for path, size in sizes.items() if path.endswith(".html")),
    }
    largest = max(parts, key=lambda name: parts[name])
    return {
        "compress": "`compress = []` for this target leaves out compressed copies",
        "media": f"content/media takes {parts['media'] / 1e6:,.0f} MB: shrink pictures, or host large files elsewhere",
        "pages": "`[entities] min_articles = 2` (or more) makes fewer pages; or publish to a host without this limit",
    }[largest]


def _file_hint(path: str) -> str:
    if path.startswith("media/"):
        return "make it smaller, or host it elsewhere and link to it"
    return "publish to a host without this limit, or split the archive"
