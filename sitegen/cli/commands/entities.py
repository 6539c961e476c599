"""`sitegen entities`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sitegen.cli.output import clean, dry_run_option, json_option, plural, print_json, root_option, yes_option
from sitegen.errors import UsageError
from sitegen.store.source_tree import SourceTree

if TYPE_CHECKING:
    from sitegen.entities.catalogue import EntityKey
    from sitegen.entities.suggestions import Suggestion
    from sitegen.pipeline.entity_desk import EntityDesk, EntityLine
    from sitegen.pipeline.judge_entities import Effect, Judgement
    from sitegen.pipeline.review_entities import Evidence, Pair, Review

_SHOWN = 12
"""Lines of one part of an effect that are shown; --json has all."""

_kind_option = click.option("--kind", default="", metavar="KIND", help="Of several entities of that name, the KIND.")


@click.group("entities", context_settings={"max_content_width": 100})
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The archive's folder (default: the current one).",
)
@click.pass_context
def command(context: click.Context, root: Path | None) -> None:
    """Look at the people, organisations and places of the archive, and put them right.

    What you decide is written to content/entities.yaml (untag: to the article's page), where you can read it and
    change it by hand. Every command that changes something shows the effect first and asks; --dry-run only shows,
    --yes does not ask, --json prints one JSON object and does not ask. `sitegen entities undo` takes the last one back.

    NAME is a name, an alias, or an address such as people/neil-armstrong. The site follows with the next
    `sitegen build`.
    """
    if root is not None:
        context.obj = root


def _changing(function: Callable[..., int]) -> Callable[..., int]:
    """The options of a command that changes content."""
    return yes_option(dry_run_option(json_option(root_option(function))))


# Looking


@command.command("list", short_help="List entities and how many articles name them.")
@click.option("--kind", default="", metavar="KIND", help="person, organization, place, or one of your own.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="How many; 0: all.")
@json_option
@root_option
def list_entities(tree: SourceTree, kind: str, limit: int, as_json: bool) -> int:
    """List entities, those that most articles name first."""
    desk = _open(tree)
    if kind and kind not in desk.kinds:
        raise UsageError(f"no entity is of kind `{kind}`", hint=f"kinds: {', '.join(desk.kinds)}", code="no-kind")
    lines = desk.ranked(kind)
    shown = lines[:limit] if limit else lines
    if as_json:
        print_json({"total": len(lines), "entities": shown})
        return 0
    for line in shown:
        click.echo(f"{line.articles:>8,}  {line.kind:<14}{clean(line.name)}{_marks(line)}")
    click.echo(f"{plural(len(lines), 'entity', 'entities')}{f', {len(shown):,} shown' if shown != lines else ''}")
    return 0


def _marks(line: EntityLine) -> str:
    marks = [
        mark
        for mark, holds in (
            ("hidden", line.hidden),
            ("checked", line.checked and not line.hidden),
            ("surname only", line.surname),
            ("no page of its own", not line.has_page and not line.hidden and not line.surname),
        )
        if holds
    ]
    return click.style(f"  ({', '.join(marks)})", dim=True) if marks else ""


@command.command("show", short_help="Show all that is known of one entity.")
@click.argument("name")
@_kind_option
@json_option
@root_option
def show(tree: SourceTree, name: str, kind: str, as_json: bool) -> int:
    """Show one entity: names, dates, articles, company, addresses, and what editors said."""
    desk = _open(tree)
    details = desk.details(desk.find(name, kind))
    if as_json:
        print_json(details)
        return 0
    line = details.entity
    click.echo(f"{click.style(clean(line.name), bold=True)}  {line.kind}{_marks(line)}")
    when = f", {details.first} to {details.last}" if details.first else ""
    click.echo(f"  {plural(line.articles, 'article')}{when}")
    if line.url:
        click.echo(f"  {line.url}")
    for address in details.old_addresses:
        click.echo(f"  {address} redirects here")
    if details.latitude is not None:
        click.echo(f"  {details.latitude:.2f}, {details.longitude:.2f} ({details.country})")
    for label, target in details.links:
        click.echo(f"  {clean(label)}: {clean(target)}")
    _part("Names", [f"{count:>6,}  {clean(label)}" for label, count in details.names])
    _part("In the same articles", [f"{one.shared:>6,}  {clean(one.name)} ({one.kind})" for one in details.neighbours])
    _part("Articles", [f"{one.date or 'undated':<10}  {clean(one.title)}  {one.id}" for one in details.articles])
    if details.entry:
        click.echo(f"content/entities.yaml:{details.entry_line}")
        for text in details.entry.splitlines():
            click.echo(f"  {clean(text)}")
    return 0


# Changing


@command.command("merge")
@click.argument("name")
@click.argument("other")
@_kind_option
@_changing
def merge(tree: SourceTree, name: str, other: str, kind: str, **flags: bool) -> int:
    """OTHER is the same as NAME, whose name stays. OTHER's address redirects."""
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    first, second = desk.find(name, prefer=kind), desk.find(other, prefer=kind)
    return _decide(tree, desk, judge_entities.merge(desk, first, second), **flags)


@command.command("split", short_help="In some articles NAME means someone else.")
@click.argument("name")
@click.argument("new_name", required=False, default="")
@click.option(
    "--articles",
    "-a",
    multiple=True,
    metavar="ARTICLE",
    help="An article that means the other one: id, address or path. Repeat it, or separate ids by commas.",
)
@_kind_option
@_changing
def split(tree: SourceTree, name: str, new_name: str, articles: tuple[str, ...], kind: str, **flags: bool) -> int:
    """In some articles NAME means someone else: NEW_NAME, such as "John Smith (senator)".

    With NAME alone the articles are listed with the sentence that names it, so that you see who is who.
    """
    from sitegen.pipeline import judge_entities
    from sitegen.pipeline.entity_desk import find_cards

    desk = _open(tree)
    key = desk.find(name, kind)
    if not new_name and not articles:
        return _show_articles(tree, desk, key, as_json=flags["as_json"])
    if not new_name or not articles:
        raise UsageError(
            "a split needs a new name and the articles that mean it",
            hint=f'sitegen entities split "{name}" "{name} (senator)" -a ARTICLE -a ARTICLE',
            code="split-what",
        )
    wanted = [part.strip() for item in articles for part in item.split(",") if part.strip()]
    cards = find_cards(desk.library.cards, wanted, str(tree.root))
    judgement = judge_entities.split(desk, key, new_name, cards)
    effect = judge_entities.propose(desk, judgement)
    effect = judge_entities.with_shares(effect, desk, key, new_name, cards)
    return _finish(effect, lambda: judge_entities.write(tree, judgement), **flags)


def _show_articles(tree: SourceTree, desk: EntityDesk, key: EntityKey, *, as_json: bool) -> int:
    """List the articles that name an entity, newest first, with the sentence that does."""
    from sitegen.pipeline.current_cards import TextReader
    from sitegen.pipeline.entity_desk import article_line
    from sitegen.pipeline.review_entities import find_sentences

    names = [label for label, _ in desk.catalogue.labels(key)]
    with TextReader(tree, desk.current.places) as texts:
        rows = [
            (article_line(card), next(find_sentences([card], names, texts.text, 1), None))
            for card in reversed(desk.articles(key))
        ]
    if as_json:
        print_json({"entity": desk.line(key), "articles": [{"article": a, "sentence": s} for a, s in rows]})
        return 0
    for article, sentence in rows:
        click.echo(f"{article.id}  {article.date or 'undated':<10}  {clean(article.title)}")
        if sentence is not None:
            click.echo(f"    {_marked(sentence)}")
    line = desk.line(key)
    click.echo(f"{plural(len(rows), 'article')} that name {clean(line.name)} ({line.kind})")
    return 0


@command.command("rename")
@click.argument("name")
@click.argument("new_name", metavar="NEW")
@_kind_option
@_changing
def rename(tree: SourceTree, name: str, new_name: str, kind: str, **flags: bool) -> int:
    """Call NAME by another name. Its address redirects to the new one."""
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    return _decide(tree, desk, judge_entities.rename(desk, desk.find(name, kind), new_name), **flags)


@command.command("retype", short_help="NAME is of another kind.")
@click.argument("name")
@click.argument("new_kind", metavar="KIND")
@click.option(
    "--kind", default="", metavar="KIND", help="Of several entities of that name, the one that is a KIND now."
)
@_changing
def retype(tree: SourceTree, name: str, new_kind: str, kind: str, **flags: bool) -> int:
    """NAME is a KIND: person, organization, place, or one of your own, such as ship."""
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    return _decide(tree, desk, judge_entities.retype(desk, desk.find(name, kind), new_kind), **flags)


@command.command("hide")
@click.argument("name")
@_kind_option
@_changing
def hide(tree: SourceTree, name: str, kind: str, **flags: bool) -> int:
    """NAME is no entity: keep it out of all pages."""
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    return _decide(tree, desk, judge_entities.hide(desk, desk.find(name, kind)), **flags)


@command.command("redact", short_help="Withhold NAME throughout the archive.")
@click.argument("name")
@_kind_option
@click.option("--also", multiple=True, metavar="NAME", help="Another name for the same one, such as a nickname.")
@click.option("--reason", default="", metavar="TEXT", help="Kept in content/entities.yaml; not published.")
@_changing
def redact(tree: SourceTree, name: str, kind: str, also: tuple[str, ...], reason: str, **flags: bool) -> int:
    """Withhold NAME in all that is published: texts, headlines, bylines, addresses, lists, feeds, both indexes.

    In its place stands [name withheld]. The pages in content/ stay as they are, so that `unredact` brings it back.
    NAME need not be an entity; --kind says of what kind it is (default: person).
    """
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    return _decide(tree, desk, judge_entities.redact(tree, desk, name, kind, also, reason), **flags)


@command.command("unredact")
@click.argument("name")
@_kind_option
@_changing
def unredact(tree: SourceTree, name: str, kind: str, **flags: bool) -> int:
    """Publish NAME again."""
    from sitegen.pipeline import judge_entities

    desk = _open(tree)
    return _decide(tree, desk, judge_entities.unredact(desk, name, kind), **flags)


@command.command("untag", short_help="ARTICLE does not name NAME.")
@click.argument("article")
@click.argument("name")
@_kind_option
@_changing
def untag(tree: SourceTree, article: str, name: str, kind: str, **flags: bool) -> int:
    """ARTICLE does not name NAME: note that in its page, so that tagging again does not bring it back."""
    from sitegen.pipeline import judge_entities
    from sitegen.pipeline.entity_desk import find_cards

    desk = _open(tree)
    (card,) = find_cards(desk.current.cards, [article], str(tree.root))
    untagging = judge_entities.untag(desk, card, name, kind)
    effect = judge_entities.propose_untag(desk, untagging)
    return _finish(effect, lambda: judge_entities.write_untag(tree, untagging), **flags)


@command.command("undo")
@_changing
def undo(tree: SourceTree, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Take the last judgement, or the last `sitegen retag`, back. What has been changed since is left alone."""
    from sitegen.store.undo import last_step, undo_last

    tree.load_config()
    step = last_step(tree)
    if step is None:
        raise UsageError(
            "there is nothing to take back", hint="edit content/entities.yaml by hand", code="nothing-to-undo"
        )
    if not as_json:
        click.echo(f"Take back: {clean(step.label)}  ({clean(step.path)})")
    left: tuple[str, ...] = ()
    if not dry_run:
        if not yes and not as_json:
            click.confirm("Take it back?", abort=True)
        left = undo_last(tree, step)
    if as_json:
        print_json({"undone": step.label, "file": step.path, "dry_run": dry_run, "left": left})
    else:
        for path in left:
            click.echo(f"{clean(path)} has been changed since and was left as it is", err=True)
        click.echo("Nothing was changed (--dry-run)." if dry_run else "Taken back. Next: sitegen build")
    return 0


def _open(tree: SourceTree) -> EntityDesk:
    from sitegen.pipeline.entity_desk import open_desk

    return open_desk(tree)


def _decide(tree: SourceTree, desk: EntityDesk, judgement: Judgement, **flags: bool) -> int:
    from sitegen.pipeline import judge_entities

    return _finish(judge_entities.propose(desk, judgement), lambda: judge_entities.write(tree, judgement), **flags)


def _finish(effect: Effect, write: Callable[[], bool], *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Show the effect, ask, write."""
    if not as_json:
        _show_effect(effect)
    written = False
    if effect.changed and not dry_run:
        if not yes and not as_json:
            click.confirm("Write this?", abort=True)
        written = write()
    if as_json:
        print_json({"effect": effect, "written": written, "dry_run": dry_run})
    elif not effect.changed:
        click.echo("Nothing to do: that is so already.")
    elif dry_run:
        click.echo("Nothing was changed (--dry-run).")
    else:
        click.echo(f"Written to {effect.file}. Next: sitegen build" if written else "It was so already.")
    return 0


def _show_effect(effect: Effect) -> None:
    click.echo(click.style(clean(effect.label), bold=True))
    for note in effect.notes:
        click.echo(click.style("note: ", fg="yellow") + clean(note), err=True)
    if not effect.changed:
        return
    click.echo(f"  {plural(effect.articles, 'article')} would change")
    changes = []
    for change in effect.entities:
        before, after = change.before, change.after
        if before is None and after is not None:
            changes.append(f"+ {_told(after)}")
        elif before is not None and after is None:
            changes.append(f"- {_told(before)}")
        elif before is not None and after is not None:
            changes.append(f"~ {_told(before)} → {_told(after)}")
    _part("Entities", changes)
    for share in effect.shares:
        lines = [f"{one.date or 'undated':<10}  {clean(one.title)}  {one.id}" for one in share.articles]
        _part(f"Articles of {clean(share.name)}", lines)
    _part("Pages that appear", list(effect.appear))
    _part("Pages that disappear", list(effect.disappear))
    _part("Redirects", [f"{old} → {new}" for old, new in effect.redirects])


def _told(line: EntityLine) -> str:
    hidden = ", hidden" if line.hidden else ""
    return clean(f"{line.name} ({line.kind}, {plural(line.articles, 'article')}{hidden})")


def _part(title: str, lines: list[str]) -> None:
    if lines:
        click.echo(f"{title}:")
        for line in lines[:_SHOWN]:
            click.echo(f"  {line}")
        if len(lines) > _SHOWN:
            click.echo(f"  … and {len(lines) - _SHOWN:,} more")


# Going through suggestions


@command.command("review", short_help="Go through pairs that may be one entity.")
@click.option("--kind", default="", metavar="KIND", help="Only pairs with an entity of this kind.")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="Pairs to look at.")
@click.option("--skipped", is_flag=True, help="Ask about those again that were skipped.")
@json_option
@root_option
def review(tree: SourceTree, kind: str, limit: int, skipped: bool, as_json: bool) -> int:
    """Go through pairs that may be one entity, the likeliest first, one key for each.

    \b
      m  merge: the second is the first      n  not the same: never ask again
      w  merge the other way round           s  skip for now
      u  take the last key back              q  quit

    Each answer is written at once, so stop whenever you like and go on later. With --json the suggestions are
    listed and nothing is asked.
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    from sitegen.pipeline.current_cards import TextReader
    from sitegen.pipeline.review_entities import Review

    desk = _open(tree)
    sitting = Review(tree, desk, limit, kind=kind, skipped_too=skipped)
    with TextReader(tree, desk.current.places) as texts:
        if as_json:
            print_json({"suggestions": [sitting.pair(one, texts) for one in sitting.suggestions]})
            return 0
        counts = _sit(tree, sitting, lambda one: sitting.pair(one, texts))
    done = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    click.echo(
        f"{done or 'Nothing judged'}.{' Next: sitegen build' if counts['merged'] or counts['kept apart'] else ''}"
    )
    return 0


_ANSWERS = {"m": "merged", "w": "merged", "n": "kept apart", "s": "skipped"}


def _sit(tree: SourceTree, sitting: Review, look: Callable[[Suggestion], Pair]) -> dict[str, int]:
    """Ask about one pair after the other; how many got which answer."""
    counts = dict.fromkeys(_ANSWERS.values(), 0)
    answered: list[tuple[int, str, str]] = []
    at = 0
    while True:
        at = next((n for n in range(at, len(sitting.suggestions)) if sitting.is_open(sitting.suggestions[n])), -1)
        if at < 0:
            click.echo("That was the last suggestion.")
            if not answered:
                return counts
        else:
            _show_pair(look(sitting.suggestions[at]), at + 1, len(sitting.suggestions))
        key = _ask_key("uq" if at < 0 else "mnswuq" if answered else "mnswq")
        if key == "q":
            return counts
        if key == "u":
            at, answer, label = answered.pop()
            if _take_back(tree, sitting, sitting.suggestions[at], label):
                counts[answer] -= 1
            continue
        written = _answer(tree, sitting, sitting.suggestions[at], key)
        if written is not None:
            counts[_ANSWERS[key]] += 1
            answered.append((at, _ANSWERS[key], written))
        at += 1


_KEYS = {"m": "merge", "n": "not the same", "s": "skip", "w": "other way round", "u": "undo", "q": "quit"}


def _ask_key(keys: str) -> str:
    """One of the keys; the end of the input is `q`."""
    while True:
        told = " · ".join(f"{key} {_KEYS[key]}" for key in keys)
        click.echo(click.style(f"{told} ? ", fg="cyan"), nl=False)
        key = _read_key()
        click.echo(clean(key) or "q")
        if key in ("", "\x03", "\x04"):
            return "q"
        if key in keys:
            return key
        click.echo("There is nothing to take back." if key == "u" else f"Press one of {', '.join(keys)}.")


def _answer(tree: SourceTree, sitting: Review, suggestion: Suggestion, key: str) -> str | None:
    """Write the answer; its label (empty for a skip), or None where it could not be written."""
    from sitegen.pipeline.judge_entities import write

    if key == "s":
        sitting.skip(suggestion)
        return ""
    try:
        judgement = sitting.judgement(suggestion, same=key != "n", swapped=key == "w")
        write(tree, judgement)
    except UsageError as error:
        click.echo(click.style("not written: ", fg="red") + clean(str(error)))
        return None
    return judgement.label


def _take_back(tree: SourceTree, sitting: Review, suggestion: Suggestion, label: str) -> bool:
    from sitegen.store.undo import last_step, undo_last

    if not label:
        sitting.unskip(suggestion)
        return True
    step = last_step(tree)
    try:
        if step is None or step.label != label:
            raise UsageError("another change came in between")
        undo_last(tree, step)
    except UsageError as error:
        click.echo(click.style("not taken back: ", fg="red") + clean(str(error)))
        return False
    return True


def _read_key() -> str:
    """One key of the terminal, or one letter of what is piped in; empty at its end."""
    if _is_terminal():
        return click.getchar().lower()
    while (char := sys.stdin.read(1)).isspace():
        pass
    return char.lower()


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _show_pair(pair: Pair, number: int, total: int) -> None:
    click.echo()
    click.echo(click.style(f"{number} of {total}: {pair.explanation}", dim=True))
    for label, line, sentences in (
        ("1", pair.first, pair.first_sentences),
        ("2", pair.second, pair.second_sentences),
    ):
        click.echo(
            f"  {label}  {click.style(clean(line.name), bold=True)}  {line.kind}, {plural(line.articles, 'article')}"
        )
        for sentence in sentences:
            click.echo(f"       {sentence.date or 'undated'}: {_marked(sentence)}")
    if pair.neighbours:
        click.echo(f"     both with {clean(', '.join(pair.neighbours))}  (company {pair.company:.2f})")
    if pair.together:
        click.echo(f"     {plural(pair.together, 'article names', 'articles name')} both")


def _marked(sentence: Evidence) -> str:
    text, start, end = sentence.text, sentence.start, sentence.end
    return clean(text[:start]) + click.style(clean(text[start:end]), bold=True, fg="yellow") + clean(text[end:])
