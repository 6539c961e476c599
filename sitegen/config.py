"""`sitegen.toml`: the few settings of an archive, checked on reading."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import Any, Literal

import msgspec

from sitegen.errors import ConfigError

CONFIG_NAME = "sitegen.toml"

HOSTS = ("", "github", "gitlab", "codeberg", "netlify", "cloudflare")
"""Hosts whose limits and files sitegen knows; empty: any other."""

_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.ASCII)


class EntitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[entities]`."""

    min_articles: int = 0
    """Articles that must name an entity before it gets a page of its own; 0 lets the archive's size decide."""
    min_confidence: float = 0.4
    """Mentions the tagger is less sure of are not tagged; 0 to 1."""


class SearchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[search]`."""

    file_urls: bool | None = None
    """Make search work from `file://` too; unset: on for small archives."""


class IngestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[ingest]`."""

    columns: dict[str, str] = {}
    """CSV column or JSONL key → the name sitegen knows (`headline = "title"`)."""
    tagger: str = "builtin"


class PublishSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[publish.NAME]`: a place the site is published to."""

    target: str
    """Where: `folder:…`, `git:REMOTE#BRANCH`, `s3://BUCKET/…`, `sftp://…`, `rsync:…` or a path."""
    host: str = ""
    """Whose limits are checked and whose files are written, such as `github` or `netlify`; empty: any other."""
    domain: str = ""
    """The site's own domain, for the file `CNAME` of GitHub Pages and its like."""
    compress: tuple[Literal["gzip", "brotli"], ...] = ()
    """Compressed copies to be put beside the files."""
    history: bool = True
    """Git: keep earlier publishes in the branch's history."""
    endpoint: str = ""
    """S3: the service's address, where it is not Amazon's."""
    region: str = ""
    profile: str = ""
    """S3: the profile in `~/.aws` whose keys are used."""
    jobs: int = 0
    """Transfers at once; 0: what suits the kind of target."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `sitegen.toml`."""

    title: str = "Archive"
    description: str = ""
    base_url: str = ""
    """Where the site will live, such as `https://example.org/archive/`; needed for feeds and sitemaps only."""
    language: str = "en"
    theme: str = "default"
    output: str = "site"
    entities: EntitySettings = EntitySettings()
    search: SearchSettings = SearchSettings()
    ingest: IngestSettings = IngestSettings()
    publish: dict[str, PublishSettings] = {}
    theme_settings: dict[str, Any] = {}


def _check_keys(data: dict[str, Any], shape: type[msgspec.Struct], prefix: str, text: str) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(shape)}
    for key, value in data.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(sorted(known))}"
            raise ConfigError(
                f"unknown setting `{prefix}{key}`",
                path=CONFIG_NAME,
                line=toml_line(text, key),
                hint=hint,
                code="config-unknown-key",
            )
        inner = known[key]
        if inner == dict[str, PublishSettings] and isinstance(value, dict):
            for name, settings in value.items():
                if isinstance(settings, dict):
                    _check_keys(settings, PublishSettings, f"{prefix}{key}.{name}.", text)
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _check_keys(value, inner, f"{prefix}{key}.", text)


def toml_mistake(error: tomllib.TOMLDecodeError, text: str) -> tuple[str, int]:
    """What is wrong with `text`, and in which line of it; 0 if the parser does not say."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
    if place is None:
        return str(error), 0
    return str(error)[: place.start()], int(place[1] or text.count("\n") + 1)


def toml_line(text: str, key: str) -> int:
    """First line that sets `key` or opens it as a table; 0 if it cannot be told."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip().strip("[]").split("=")[0].strip().strip("\"'")
        if bare == key or bare.endswith(f".{key}"):
            return number
    return 0


def parse_config(text: str) -> Config:
    """Read the text of `sitegen.toml`.

    Raises:
        ConfigError: not TOML, an unknown key (with the nearest known one), or a value of the wrong type.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = toml_mistake(error, text)
        raise ConfigError(
            f"not valid TOML: {message}", path=CONFIG_NAME, line=line, hint="see https://toml.io", code="config-toml"
        ) from error
    _check_keys(data, Config, "", text)
    try:
        config = msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `\$\.(.+)`$", str(error))
        key = place[1] if place else ""
        message = f"`{key}`: {str(error)[: place.start()]}" if place else str(error)
        line = toml_line(text, key.split("[")[0].rpartition(".")[2])
        raise ConfigError(message, path=CONFIG_NAME, line=line, code="config-value") from error
    _check_values(config, text)
    return config


def _check_values(config: Config, text: str) -> None:
    def refuse(key: str, message: str, hint: str) -> None:
        raise ConfigError(message, path=CONFIG_NAME, line=toml_line(text, key), hint=hint, code="config-value")

    if config.base_url and not config.base_url.startswith(("http://", "https://")):
        refuse("base_url", "`base_url` must start with http:// or https://", 'base_url = "https://example.org/"')
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", config.language):
        refuse("language", "`language` must be a language tag", 'language = "de", or "de-AT" with a country')
    parts = config.output.replace("\\", "/").split("/")
    own = ("", ".", "content", "themes", ".git", ".sitegen")
    if ".." in parts or parts[0].casefold() in own or ":" in parts[0] or not config.output.isprintable():
        message = "`output` must be a folder of its own inside the archive, apart from content/ and themes/"
        refuse("output", message, 'output = "site"')
    if not 0 <= config.entities.min_confidence <= 1:
        refuse("min_confidence", "`entities.min_confidence` must lie between 0 and 1", "min_confidence = 0.4")
    if config.entities.min_articles < 0:
        refuse("min_articles", "`entities.min_articles` cannot be negative", "min_articles = 2")
    for name, settings in config.publish.items():
        if _PASSWORD.search(settings.target + " " + settings.endpoint):
            refuse(
                "target",
                f"`publish.{name}` holds a password, and sitegen.toml is kept where others read it",
                "use an SSH agent, a git credential helper, ~/.aws, or the environment; docs/publish.md says how",
            )
        if settings.host not in HOSTS:
            refuse("host", f"`publish.{name}.host` must be one of {', '.join(filter(None, HOSTS))}", 'host = "github"')
        if settings.domain and not _DOMAIN.fullmatch(settings.domain):
            refuse("domain", f"`publish.{name}.domain` is no domain name", 'domain = "archive.example.org"')
        if not 0 <= settings.jobs <= 64:
            refuse("jobs", f"`publish.{name}.jobs` must lie between 0 and 64", "jobs = 8")
