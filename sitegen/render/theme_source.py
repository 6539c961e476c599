"""What a theme consists of: merged from its files and those of the themes it extends.

A theme is a folder with `theme.toml`, `templates/`, `assets/` and perhaps `locale/`. With `extends = "default"` it
holds only what it changes: a template of the same name replaces its parent's, and may itself build on it
(`{% extends "default/base.html" %}`) to change one block. An asset replaces its parent's, or is left out (`without`).
`locale/de.toml` says in German what the theme says otherwise than the program's catalogue, message by message.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from sitegen.config import toml_line, toml_mistake
from sitegen.errors import ConfigError, ThemeError

Value = str | int | float | bool
"""What a theme's setting can hold."""


Message = str | tuple[str, ...]
"""What a message says; one text for each plural form of the language where it counts something."""


class Setting(msgspec.Struct, frozen=True):
    """One setting of a theme, from `[settings.NAME]` of its `theme.toml`."""

    default: Value
    """Decides the type, too."""
    help: str = ""
    choices: tuple[Value, ...] = ()


class ThemeSource(msgspec.Struct, frozen=True):
    """A theme, with all that it inherits."""

    name: str
    templates: Mapping[str, str]
    """Template name → source: `article.html`, and each theme's own as `default/article.html`."""
    origins: Mapping[str, str]
    """Template name → file, `themes/default/templates/article.html`."""
    assets: Mapping[str, bytes]
    """Path below `/assets/` → content."""
    settings: Mapping[str, Setting] = {}
    messages: Mapping[str, Mapping[str, Message]] = {}
    """Language tag → English message → the theme's own words."""


def extended_theme(name: str, theme_toml: bytes) -> str:
    """Name of the theme that `theme_toml` extends, or empty: whose files the caller has to read next.

    Raises:
        ThemeError: not TOML.
    """
    return _read_manifest(name, theme_toml).extends


def load_theme(files_by_theme: Sequence[tuple[str, Mapping[str, bytes]]]) -> ThemeSource:
    """Merge a theme with those it extends.

    Args:
        files_by_theme: (name, path relative to the theme's folder → bytes); the theme first, then what it extends,
            then what that extends.

    Raises:
        ThemeError: `theme.toml` or a template cannot be read, or the order is not that of `extends`.
    """
    templates: dict[str, str] = {}
    origins: dict[str, str] = {}
    assets: dict[str, bytes] = {}
    settings: dict[str, Setting] = {}
    messages: dict[str, dict[str, Message]] = {}
    left_out: list[str] = []
    expected = files_by_theme[0][0]
    for name, files in files_by_theme:
        toml = files.get("theme.toml", b"")
        if name != expected:
            raise ThemeError(
                f"theme `{name}` is not the one that is extended, `{expected}`",
                path=theme_file(name, "theme.toml"),
                code="theme-extends",
            )
        manifest = _read_manifest(name, toml)
        expected = manifest.extends
        for key, setting in manifest.settings.items():
            settings.setdefault(key, setting)
        for path, data in sorted(files.items()):
            folder, _, rest = path.partition("/")
            if folder == "templates" and rest.endswith((".html", ".xml")):
                text = _decode(name, path, data)
                templates.setdefault(rest, text)
                origins.setdefault(rest, theme_file(name, path))
                # An archive's `default` may extend the one that comes along: `default/…` is the one it extends.
                templates[f"{name}/{rest}"] = text
                origins[f"{name}/{rest}"] = theme_file(name, path)
            elif folder == "assets" and rest and not any(fnmatchcase(rest, pattern) for pattern in left_out):
                assets.setdefault(rest, data)
            elif folder == "locale" and rest.endswith(".toml"):
                own = _read_messages(name, path, data)
                messages[rest[:-5].lower()] = own | messages.get(rest[:-5].lower(), {})
        left_out += manifest.without
    if expected:
        raise ThemeError(
            f"theme `{files_by_theme[-1][0]}` extends `{expected}`, which is not there",
            path=theme_file(files_by_theme[-1][0], "theme.toml"),
            hint="themes lie in themes/NAME/",
            code="theme-extends",
        )
    return ThemeSource(files_by_theme[0][0], templates, origins, assets, settings, messages)


def theme_file(theme: str, path: str) -> str:
    """A file of a theme as messages name it."""
    return f"themes/{theme}/{path}"


def _decode(theme: str, path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThemeError(
            "the template is not UTF-8", path=theme_file(theme, path), hint="save it as UTF-8", code="theme-encoding"
        ) from error


class _Manifest(msgspec.Struct, frozen=True):
    """What `theme.toml` may hold."""

    name: str = ""
    description: str = ""
    extends: str = ""
    without: tuple[str, ...] = ()
    """Patterns of inherited assets that this theme leaves out (`search*.js`)."""
    settings: dict[str, Setting] = {}


def _read_manifest(theme: str, data: bytes) -> _Manifest:
    text = _decode(theme, "theme.toml", data)

    def broken(message: str, line: int, hint: str = "", code: str = "theme-toml") -> ThemeError:
        return ThemeError(message, path=theme_file(theme, "theme.toml"), line=line, hint=hint, code=code)

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = toml_mistake(error, text)
        raise broken(f"not valid TOML: {message}", line, "see https://toml.io") from error
    known = _Manifest.__struct_fields__
    for key in raw:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"it may hold: {', '.join(known)}"
            raise broken(f"unknown key `{key}`", toml_line(text, key), hint)
    try:
        return msgspec.convert(raw, _Manifest)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `\$\.?(.*)`$", str(error))
        message, path = (str(error)[: place.start()], place[1]) if place else (str(error), "")
        if path.startswith("settings"):
            hint = '[settings.NAME] needs a default, and may have help = "…" and choices = […]'
            raise broken(f"settings: {message}", _settings_line(text, raw), hint, "theme-settings") from error
        key = path.partition("[")[0]
        message = "`extends` must name one theme" if key == "extends" else f"`{key}`: {message}"
        raise broken(message, toml_line(text, key), 'extends = "default"' if key == "extends" else "") from error


def _read_messages(theme: str, path: str, data: bytes) -> dict[str, Message]:
    text = _decode(theme, path, data)
    file, hint = theme_file(theme, path), '"Latest articles" = "Neue Berichte"'
    try:
        return msgspec.convert(tomllib.loads(text), dict[str, Message])
    except tomllib.TOMLDecodeError as error:
        message, line = toml_mistake(error, text)
        raise ThemeError(f"not valid TOML: {message}", path=file, line=line, hint=hint, code="theme-locale") from error
    except msgspec.ValidationError as error:
        raise ThemeError(f"no list of messages: {error}", path=file, hint=hint, code="theme-locale") from error


def _settings_line(text: str, raw: dict[str, Any]) -> int:
    """Line of the first setting that cannot be read, which msgspec's message does not name."""
    settings = raw["settings"]
    for name, value in settings.items() if isinstance(settings, dict) else ():
        try:
            msgspec.convert(value, Setting)
        except msgspec.ValidationError:
            return toml_line(text, name)
    return toml_line(text, "settings")


def resolve_settings(theme: ThemeSource, given: Mapping[str, object]) -> dict[str, Value]:
    """Take the theme's settings as the site sets them, defaults filled in.

    Raises:
        ConfigError: an unknown setting, a value of another type than the default's, or not one of the choices.
    """
    values: dict[str, Value] = {name: setting.default for name, setting in theme.settings.items()}
    for name, value in given.items():
        setting = theme.settings.get(name)
        if setting is None:
            close = difflib.get_close_matches(name, theme.settings, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"it has: {', '.join(sorted(theme.settings)) or 'none'}"
            raise _setting_error(f"theme `{theme.name}` has no setting `{name}`", hint)
        wanted = type(setting.default)
        if not isinstance(value, (int, float) if wanted is float else wanted) or isinstance(value, bool) != (
            wanted is bool
        ):
            raise _setting_error(f"theme setting `{name}` must be {_TYPE_NAMES[wanted]}", setting.help)
        if setting.choices and value not in setting.choices:
            choices = ", ".join(str(choice) for choice in setting.choices)
            raise _setting_error(f"theme setting `{name}` cannot be `{value}`", f"one of: {choices}")
        values[name] = wanted(value)
    return values


_TYPE_NAMES: Mapping[type, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _setting_error(message: str, hint: str) -> ConfigError:
    return ConfigError(message, path="sitegen.toml", hint=hint, code="theme-setting")
