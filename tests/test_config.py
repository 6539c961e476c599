"""`sitegen.toml`: what may stand in it, and what is said where it may not."""

from __future__ import annotations

import pytest

from sitegen.config import Config, EntitySettings, PublishSettings, parse_config
from sitegen.errors import ConfigError


def test_an_empty_file_gives_the_defaults() -> None:
    """Every key is optional."""
    assert parse_config("") == Config()
    assert Config().output == "site"


def test_all_settings_are_read() -> None:
    """Each key and table lands in its place; theme settings are free."""
    config = parse_config(
        """
        title = "T"
        description = "D"
        base_url = "https://example.org"
        language = "de"
        theme = "mine"
        output = "public/site"
        [entities]
        min_articles = 3
        min_confidence = 0.25
        [search]
        file_urls = false
        [ingest]
        tagger = "none"
        columns = { headline = "title" }
        [publish.live]
        target = "sftp://host/"
        [theme_settings]
        accent = "ink"
        """
    )
    assert (config.title, config.output, config.language) == ("T", "public/site", "de")
    assert config.entities == EntitySettings(3, 0.25)
    assert config.search.file_urls is False
    assert config.ingest.columns == {"headline": "title"}
    assert config.publish == {"live": PublishSettings("sftp://host/")}
    assert config.theme_settings == {"accent": "ink"}


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ('title = "x"\ntheem = "y"\n', 2, "unknown setting `theem`", "did you mean `theme`?"),
        ("[entities]\nmin_article = 2\n", 2, "unknown setting `entities.min_article`", "did you mean `min_articles`?"),
        ("[xyzzy]\n", 1, "unknown setting `xyzzy`", "known keys"),
        ('title = "x"\n\nlanguage = en\n', 3, "not valid TOML", "toml.io"),
        ('title = "x', 1, "not valid TOML", "toml.io"),
        ("a = [\n1,\n", 3, "not valid TOML", "toml.io"),
        ("title = 5\n", 1, "`title`: Expected `str`, got `int`", ""),
        ('\n[entities]\nmin_articles = "two"\n', 3, "`entities.min_articles`: Expected `int`", ""),
        ('base_url = "example.org"\n', 1, "must start with http", "https://example.org/"),
        ("[entities]\nmin_confidence = 1.5\n", 2, "between 0 and 1", "0.4"),
        ("[entities]\nmin_articles = -1\n", 2, "cannot be negative", ""),
        ('title = "x"\nlanguage = "de_AT"\n', 2, "must be a language tag", 'language = "de"'),
        ('language = "Deutsch, bitte"\n', 1, "must be a language tag", "de-AT"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_way_out(text: str, line: int, says: str, hint: str) -> None:
    """The error names file, line, what is wrong and what would be right."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    problem = caught.value.problem
    assert (problem.path, problem.line, problem.severity) == ("sitegen.toml", line, "error")
    assert says in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "output",
    [
        "",
        ".",
        "..",
        "/",
        "/tmp/x",
        "../x",
        "a/../../x",
        "content",
        "content/x",
        "Content",
        "themes",
        ".git",
        ".sitegen",
        "./content",
        "C:/x",
        "C:\\\\x",
        "\\\\\\\\host\\\\x",
        "a\\u0000b",
        "a\\nb",
    ],
)
def test_the_output_stays_inside_the_archive_and_off_its_own_folders(output: str) -> None:
    """No setting lets the build write over content, themes, version control or other people's files."""
    with pytest.raises(ConfigError, match="output"):
        parse_config(f'output = "{output}"')


@pytest.mark.parametrize("output", ["site", "public", "docs", "build/site", "seite-ä"])
def test_any_other_folder_may_be_the_output(output: str) -> None:
    """Names people use pass."""
    assert parse_config(f'output = "{output}"').output == output
