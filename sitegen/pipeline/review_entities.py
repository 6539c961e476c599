"""Going through the pairs of entities that may be one, with the sentences that speak for or against.

What was judged stands in `content/entities.yaml` and is not suggested again; what was skipped is remembered in
`.sitegen/skipped.json`, which may be deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from sitegen.entities.authority import Authority, NameOf, parse_authority
from sitegen.entities.catalogue import EntityKey
from sitegen.entities.sentences import find_sentence, name_pattern
from sitegen.entities.suggestions import REASONS, Suggestion, suggest
from sitegen.errors import UsageError
from sitegen.model import Card
from sitegen.pipeline.current_cards import TextReader
from sitegen.pipeline.entity_desk import EntityDesk, EntityLine
from sitegen.pipeline.judge_entities import Judgement, keep_apart, merge_names
from sitegen.store.source_tree import SourceTree, read_judgements, write_atomically

_RANKED = 3000
"""Suggestions ranked, before those skipped or of other kinds are left out."""
_SENTENCES = 2
"""Sentences shown for each of the two."""
_LOOKED_AT = 12
"""Articles of an entity that are searched for sentences at most."""


class Evidence(msgspec.Struct, frozen=True):
    """A sentence that names an entity."""

    text: str
    start: int
    """Where the name starts and ends in `text`, in code points."""
    end: int
    date: str
    title: str
    url: str
    """Of the article."""


class Pair(msgspec.Struct, frozen=True):
    """A suggestion as a person looks at it."""

    first: EntityLine
    """The one whose name would stay."""
    second: EntityLine
    reason: str
    explanation: str
    score: float
    company: float
    """Likeness of the company that the two keep, 0 to 1."""
    neighbours: tuple[str, ...]
    """Names of entities that keep company with both."""
    together: int
    """Articles that name both, which speaks against them being one."""
    first_sentences: tuple[Evidence, ...]
    second_sentences: tuple[Evidence, ...]


class Review:
    """One sitting. Judgements that are made meanwhile, here or elsewhere, are heeded."""

    def __init__(
        self, tree: SourceTree, desk: EntityDesk, limit: int = 200, *, kind: str = "", skipped_too: bool = False
    ) -> None:
        self._tree = tree
        self.desk = desk
        self._skipped = _read_skipped(tree)
        found = suggest(desk.catalogue, desk.keys_of_article, _RANKED)
        self.suggestions: list[Suggestion] = [
            one
            for one in found
            if (skipped_too or _pair(one) not in self._skipped)
            and kind in ("", one.first.kind, one.second.kind)
            and self._can_be_named(one.first)
            and self._can_be_named(one.second)
        ][:limit]
        """Pairs to look at, the likeliest and most useful first."""

    def is_open(self, suggestion: Suggestion) -> bool:
        """Whether nobody has judged the pair yet."""
        authority = parse_authority(read_judgements(self._tree.content))
        one, other = self._names(authority, suggestion)
        return one.form != other.form and frozenset((one.form, other.form)) not in authority.apart

    def judgement(self, suggestion: Suggestion, *, same: bool, swapped: bool = False) -> Judgement:
        """An answer: the two are the same (`swapped`: under the name of the second), or they are not."""
        one, other = self._names(parse_authority(read_judgements(self._tree.content)), suggestion)
        if not same:
            return keep_apart(one, other)
        return merge_names(other, one) if swapped else merge_names(one, other)

    def _names(self, authority: Authority, suggestion: Suggestion) -> list[NameOf]:
        """The names that the two go by after the judgements made since the sitting began."""
        names = (self.desk.name_of(key) for key in (suggestion.first, suggestion.second))
        roots = ((name, authority.claims.get(name.form)) for name in names)
        return [name if root is None else authority.entries[root].own_name for name, root in roots]

    def _can_be_named(self, key: EntityKey) -> bool:
        try:
            self.desk.name_of(key)
        except UsageError:
            return False
        return True

    def pair(self, suggestion: Suggestion, texts: TextReader) -> Pair:
        """A suggestion with its evidence."""
        first, second = self.desk.line(suggestion.first), self.desk.line(suggestion.second)
        return Pair(
            first=first,
            second=second,
            reason=suggestion.reason,
            explanation=REASONS[suggestion.reason],
            score=suggestion.score,
            company=suggestion.company,
            neighbours=tuple(self.desk.line(key).name for key in suggestion.neighbours),
            together=suggestion.together,
            first_sentences=self._sentences(suggestion.first, suggestion.second, texts),
            second_sentences=self._sentences(suggestion.second, suggestion.first, texts),
        )

    def _sentences(self, key: EntityKey, besides: EntityKey, texts: TextReader) -> tuple[Evidence, ...]:
        """Sentences that name an entity, from articles that do not name the other one where there are such."""
        names = [name for name, _ in self.desk.catalogue.labels(key)]
        others = set(self.desk.catalogue.members(besides))
        cards = sorted(self.desk.articles(key), key=lambda card: card.id in others)
        return tuple(find_sentences(cards[:_LOOKED_AT], names, texts.text, _SENTENCES))

    def skip(self, suggestion: Suggestion) -> None:
        """Leave the pair undecided, and do not ask about it again soon."""
        self._skipped.add(_pair(suggestion))
        self._save()

    def unskip(self, suggestion: Suggestion) -> None:
        """Take a skip back."""
        self._skipped.discard(_pair(suggestion))
        self._save()

    def _save(self) -> None:
        self._tree.state.mkdir(parents=True, exist_ok=True)
        write_atomically(self._tree.state / "skipped.json", msgspec.json.encode(sorted(self._skipped)))


def find_sentences(
    cards: Sequence[Card], names: Sequence[str], text_of: Callable[[Card], str], limit: int
) -> Iterator[Evidence]:
    """The first sentence of each article that holds one of the names as whole words."""
    pattern = name_pattern(names)
    for card in cards:
        text = text_of(card)
        found = find_sentence(text, pattern)
        if found is None:
            continue
        yield Evidence(
            text[found.start : found.end],
            found.name_start - found.start,
            found.name_end - found.start,
            card.date,
            card.title,
            card.permalink,
        )
        limit -= 1
        if not limit:
            return


_Key = tuple[str, str]


def _pair(suggestion: Suggestion) -> tuple[_Key, _Key]:
    first, second = sorted((suggestion.first, suggestion.second))
    return (first.kind, first.slug), (second.kind, second.slug)


def _read_skipped(tree: SourceTree) -> set[tuple[_Key, _Key]]:
    try:
        data = (tree.state / "skipped.json").read_bytes()
        return set(msgspec.json.decode(data, type=list[tuple[_Key, _Key]]))
    except (OSError, msgspec.MsgspecError):
        return set()
