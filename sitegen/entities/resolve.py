"""Which mentions of one article name the same entity.

An article introduces a person in full and goes on with the surname; it spells an organisation out and goes on with
its acronym. Both are resolved here, within the article and from its mentions alone:

- mentions of one normal form belong together whatever their kind; the kind with most confidence wins;
- full names that differ only by a middle name, an initial or a pet form of the given name belong together;
- a lone surname (or given name) belongs to the one full name it can stand for. Where it could stand for two, it belongs
  to the one that alone had been introduced whenever it is used; else it stays apart: a wrong link is worse than none;
- an acronym belongs to the one name whose initials it has, or in front of which it stands in brackets
  (after Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003);
- `Judiciary Committee` belongs to the one organisation whose name ends so.

What is no name (`Committee` alone, `R-TX`, a bare title) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from sitegen.entities.acronyms import acronym_letters, initials, is_abbreviation
from sitegen.entities.names import PARTICLES, ROLES, TITLES, clean, is_lone, normal_form, word_set
from sitegen.entities.people import can_be_one, core
from sitegen.model import EntityTag, Mention
from sitegen.slug import plain_words

_KIND_ORDER = {"person": 0, "organization": 1, "place": 2}
_MAX_LENGTH = {"person": 60, "organization": 120, "place": 60}

_GENERIC = word_set("""
    administration agency assembly association authority board bureau caucus center centre chamber coalition college
    commission committee company conference corporation corps council court delegation department district division
    federation force foundation fund government group institute institution legislature ministry office organization
    organisation panel party program programme secretariat service state subcommittee team unit university city county
    town village commonwealth nation region
""")
"""Nouns that name nothing by themselves."""

_HEADS = word_set("committee subcommittee commission council caucus brigades brigade")
"""An organisation with such a head may lose its first words: `House Judiciary Committee`, `Judiciary Committee`."""

_OWNERS = ("united states", "united nations", "house", "senate", "federal", "state")
"""First words that any organisation may lose: `U.S. Air Force`, `Air Force`."""

_LEGAL = word_set("inc corp corporation co company llc ltd limited plc group holdings ag gmbh sa nv")
_PARTY_AND_STATE = re.compile(r"\(?[DRIL]-[A-Z].{0,20}")
_ACRONYM_IN_BRACKETS = re.compile(r" \((?:[A-Z]\.?){2,8}\)?$")
_BETWEEN_NAMES = re.compile(r" and | & |/|, ")


class _Group:
    """All mentions of one normal form."""

    __slots__ = ("form", "kind", "names", "starts", "surfaces", "votes", "words")

    def __init__(self) -> None:
        self.form = ""
        self.words: tuple[str, ...] = ()
        self.kind = ""
        self.votes: dict[str, float] = {}
        self.names: dict[str, int] = {}
        """Cleaned name → number of mentions."""
        self.starts: list[int] = []

    def decide(self) -> None:
        self.kind = max(self.votes, key=lambda kind: (self.votes[kind], -_KIND_ORDER.get(kind, 9), kind))
        name = min(self.names, key=lambda name: (-self.names[name], name))
        self.form = normal_form(name, self.kind)
        self.words = tuple(self.form.split(" "))

    def absorb(self, other: _Group) -> None:
        for kind, vote in other.votes.items():
            self.votes[kind] = self.votes.get(kind, 0.0) + vote
        for name, count in other.names.items():
            self.names[name] = self.names.get(name, 0) + count
        self.starts = sorted(self.starts + other.starts)


class _Clusters:
    """Groups joined into entities; each cluster is known by the group that names it."""

    def __init__(self, groups: Iterable[_Group]) -> None:
        self.members = {group.form: [group] for group in groups}
        self.head_of = {form: form for form in self.members}

    def join(self, group: _Group, target: _Group) -> None:
        """Put the whole cluster of `group` under the head of `target`'s."""
        old, new = self.head_of[group.form], self.head_of[target.form]
        if old == new:
            return
        moved = self.members.pop(old)
        self.members[new] += moved
        for member in moved:
            self.head_of[member.form] = new

    def is_alone(self, group: _Group) -> bool:
        return len(self.members[self.head_of[group.form]]) == 1


def resolve_mentions(mentions: Sequence[Mention]) -> tuple[EntityTag, ...]:
    """Return the entities that an article's mentions name, in the order in which they are first named.

    `mentions` may come in any order. A tag's `name` and `forms` are pieces of the mentions' surfaces (titles,
    possessives and outer punctuation cut off, runs of white space made one blank), so that looking for them in the text
    finds the mentions again; each stands in one tag only. The name is the fullest of the commonest full forms.
    """
    ordered = sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.kind, mention.confidence))
    groups = _grouped(ordered)
    clusters = _Clusters(groups)
    _join_people(groups, clusters)
    junk = _join_organizations(groups, clusters)
    _join_acronyms(groups, clusters, ordered)
    return tuple(_tag(members) for members in _in_order(clusters) if members[0].form not in junk)


def _in_order(clusters: _Clusters) -> list[list[_Group]]:
    return sorted(clusters.members.values(), key=lambda members: min(group.starts[0] for group in members))


@lru_cache(maxsize=1 << 14)
def _reading(surface: str, kind: str) -> tuple[str, str]:
    """Return the cleaned name and what groups it before its kind is settled; both empty where it is no name."""
    name = clean(surface, kind)
    if kind == "organization":
        name = _ACRONYM_IN_BRACKETS.sub("", name)
    return (name, plain_words(name)) if _is_name(name, kind) else ("", "")


def _is_name(name: str, kind: str) -> bool:
    letters = sum(char.isalpha() for char in name)
    if not 2 <= len(name) <= _MAX_LENGTH.get(kind, 120) or (letters < 2 and not (letters and name.isascii() is False)):
        return False
    if name.islower() or "@" in name or "://" in name or _PARTY_AND_STATE.fullmatch(name):
        return False
    if kind != "person":
        return True
    words = name.split(" ")
    if any(char.isdigit() for char in name) or len(words) > 7:
        return False
    return not all(word.strip(".,").lower() in TITLES or word.strip(".,").lower() in ROLES for word in words)


def _grouped(mentions: Iterable[Mention]) -> list[_Group]:
    """Group mentions by normal form, in the order of their first mention."""
    by_words: dict[str, _Group] = {}
    for mention in mentions:
        name, words = _reading(mention.surface, mention.kind)
        if not words:
            continue
        group = by_words.get(words)
        if group is None:
            group = by_words[words] = _Group()
        group.votes[mention.kind] = group.votes.get(mention.kind, 0.0) + mention.confidence
        group.names[name] = group.names.get(name, 0) + 1
        group.starts.append(mention.start)
    by_form: dict[str, _Group] = {}
    for group in by_words.values():
        group.decide()
        known = by_form.setdefault(group.form, group)
        if known is not group:
            known.absorb(group)
    groups = list(by_form.values())
    for group in groups:
        group.kind = max(group.votes, key=lambda kind: (group.votes[kind], -_KIND_ORDER.get(kind, 9), kind))
    return groups


# People ------------------------------------------------------------------------------------------------------------


def _join_people(groups: Sequence[_Group], clusters: _Clusters) -> None:
    full = [group for group in groups if group.kind == "person" and not is_lone(group.form, "person")]
    # The fullest names come first, so that what is shorter finds them all; document order plays no part.
    full.sort(key=lambda group: (-len(group.words), len(group.words[0]) == 1, group.form))
    people: list[list[_Group]] = []
    for group in full:
        fitting = [person for person in people if all(can_be_one(group.words, member.words) for member in person)]
        if len(fitting) == 1:
            fitting[0].append(group)
        else:
            people.append([group])
    for person in people:
        person.sort(key=_rank_of_full_name)
        for group in person[1:]:
            clusters.join(group, person[0])
    for group in groups:
        if is_lone(group.form, "person") and _may_be_person(group):
            owner = _owner_of_lone(group, people)
            if owner is not None:
                clusters.join(group, owner)


def _rank_of_full_name(group: _Group) -> tuple[bool, int, int, int, str]:
    return (len(group.words[0]) == 1, -len(group.starts), -len(group.words), group.starts[0], group.form)


def _may_be_person(group: _Group) -> bool:
    return 4 * group.votes.get("person", 0.0) >= sum(group.votes.values())


def _owner_of_lone(group: _Group, people: Sequence[list[_Group]]) -> _Group | None:
    """Find the one person that a lone name can stand for: by surname, else by given name, else by a name between."""
    words = [word for word in core(group.words) if word not in PARTICLES] or list(group.words)
    name = words[-1]
    places: tuple[Callable[[tuple[str, ...]], bool], ...] = (
        lambda core: core[-1] == name,
        lambda core: core[0] == name,
        lambda core: name in core[1:-1] and len(name) > 1,
    )
    for fits in places:
        found = [person for person in people if any(fits(core(member.words)) for member in person)]
        if found:
            return found[0][0] if len(found) == 1 else _introduced_alone(group, found)
    return None


def _introduced_alone(group: _Group, people: Sequence[list[_Group]]) -> _Group | None:
    last = group.starts[-1]
    known = [person for person in people if min(member.starts[0] for member in person) < last]
    return known[0][0] if len(known) == 1 else None


# Organisations -----------------------------------------------------------------------------------------------------


def _join_organizations(groups: Sequence[_Group], clusters: _Clusters) -> frozenset[str]:
    """Join shortened names to the one organisation they can stand for; returns the forms that name nothing."""
    organizations = [group for group in groups if group.kind == "organization"]
    junk = {group.form for group in groups if group.form in _GENERIC and group.kind != "person"}
    surnames = {member.words[-1] for group in groups if group.kind == "person" for member in (group,)}
    for group in organizations:
        if group.form in junk:
            owners = [other for other in organizations if other is not group and _has_head(other.words, group.form)]
        elif _is_list_of_people(group, surnames):
            junk.add(group.form)
            continue
        else:
            owners = [other for other in organizations if other is not group and _is_short_for(group, other)]
        if len(owners) == 1:
            clusters.join(group, owners[0])
    return frozenset(form for form in junk if form in clusters.members)


def _is_list_of_people(group: _Group, surnames: set[str]) -> bool:
    """`Bennet and Hickenlooper`: two people taken for a firm."""
    name = next(iter(group.names))
    parts = [plain_words(part) for part in _BETWEEN_NAMES.split(name)]
    return len(parts) > 1 and all(part and part.split(" ")[-1] in surnames for part in parts)


def _has_head(words: tuple[str, ...], head: str) -> bool:
    return len(words) > 1 and (words[-1] == head or words[:2] == (head, "of"))


def _is_short_for(short: _Group, long: _Group) -> bool:
    a, b = short.form, long.form
    if len(a) >= len(b):
        return False
    if b.startswith(a + " "):
        return all(word in _LEGAL for word in long.words[len(short.words) :])
    if not b.endswith(" " + a) or len(short.words) < 2:
        return False
    return b[: -len(a) - 1] in _OWNERS or (short.words[-1] in _HEADS and len(long.words) - len(short.words) <= 2)


# Acronyms ----------------------------------------------------------------------------------------------------------


def _join_acronyms(groups: Sequence[_Group], clusters: _Clusters, mentions: Sequence[Mention]) -> None:
    candidates = [group for group in groups if len(group.words) > 1 and not _acronym_letters(group)]
    if not candidates:
        return
    before = _bracketed_after(mentions)
    for group in groups:
        letters = _acronym_letters(group)
        if not letters or not clusters.is_alone(group):
            continue
        defined = {form for name in group.names for form in before.get(plain_words(name), ())}
        owners = [other for other in candidates if other.form in defined and is_abbreviation(letters, other.words)]
        if len(owners) != 1:
            owners = [other for other in candidates if letters in _initials(other)]
        if len({clusters.head_of[owner.form] for owner in owners}) == 1:
            clusters.join(group, owners[0])


def _acronym_letters(group: _Group) -> str:
    return next(filter(None, map(acronym_letters, group.names)), "")


def _initials(group: _Group) -> frozenset[str]:
    if group.kind == "person" and len(group.words) < 3:
        return frozenset()
    return initials(group.words)


def _bracketed_after(mentions: Sequence[Mention]) -> dict[str, set[str]]:
    """Words of a mention → normal forms of the mentions that end one bracket before one like it."""
    found: dict[str, set[str]] = {}
    for first, second in pairwise(mentions):
        if 2 <= second.start - first.end <= 3:
            short, long = _reading(second.surface, second.kind)[1], _reading(first.surface, first.kind)[0]
            if short and long:
                found.setdefault(short, set()).update(normal_form(long, kind) for kind in _KIND_ORDER)
    return found


# Tags --------------------------------------------------------------------------------------------------------------


def _tag(members: Sequence[_Group]) -> EntityTag:
    head = members[0]
    name = min(head.names, key=lambda name: (name.isupper() and len(name) > 4, -head.names[name], name))
    others = sorted((group for group in members), key=lambda group: group.starts[0])
    forms = dict.fromkeys(form for group in others for form in group.names if form != name)
    return EntityTag(name, head.kind, tuple(forms))
