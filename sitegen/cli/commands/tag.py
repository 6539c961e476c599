"""`sitegen tag`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from sitegen.cli.output import clean, json_option, print_json, root_option
from sitegen.errors import UsageError
from sitegen.store.source_tree import SourceTree


@click.command("tag")
@click.argument("files", nargs=-1, metavar="[FILE… | -]")
@click.option("--tagger", default="builtin", show_default=True, metavar="NAME", help="builtin, spacy:MODEL or none.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.4,
    show_default=True,
    help="Leave out mentions it is less sure of.",
)
@json_option
@root_option
def command(tree: SourceTree, files: tuple[str, ...], tagger: str, min_confidence: float, as_json: bool) -> int:
    """Find the people, organisations and places that texts name. Works anywhere; changes nothing.

    FILEs are texts, or .jsonl with one {"id": …, "text": …} a line; - reads standard input. With --json, one text
    gives one object, several give one a line. Offsets count Unicode code points of the text as given.
    """
    from sitegen.pipeline.tag_texts import tag_texts

    del tree
    many = len(files) > 1 or any(name.lower().endswith((".jsonl", ".ndjson")) for name in files)
    for result in tag_texts(_read(files or ("-",)), tagger, min_confidence):
        if as_json:
            print_json(result)
            continue
        if many:
            click.echo(click.style(clean(result.id), bold=True))
        for entity in result.entities:
            click.echo(f"{entity.kind:<14}{len(entity.mentions):>4}  {clean(entity.name)}")
    sys.stdout.flush()
    return 0


def _read(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        if name == "-":
            yield "-", sys.stdin.buffer.read()
        else:
            try:
                yield name, Path(name).read_bytes()
            except OSError as error:
                raise UsageError(f"cannot be read: {error.strerror}", path=name, code="unreadable") from error
