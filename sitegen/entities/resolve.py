"""Which mentions of one article name the same entity.

An article introduces a person in full and goes on with the surname; it spells an organisation out and goes on with
its acronym. Both are resolved here, within the article and from its mentions alone:

- mentions of one normal form belong together whatever their kind; the kind with most confidence wins;
- full names that differ only by a middle name, an initial or a pet form of the given name belong together;
- a lone surname (or given name) belongs to the one full name it can stand for. Where it could stand for two, it belongs
  to the one that alone had been introduced whenever it is used; else it stays apart: a wrong link is worse than none;
- an acronym belongs to the one name whose initials it has, or in front of which it stands in brackets
  (after Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003);
- `Judiciary Committee` belongs to the one organisation whose name ends so, `Canal` to the one place;
- `Washington` in front of `D.C.` is the city.

What is no name (`Committee` or `Canal` alone, `R-TX`, `H.R. 29`, a bare title) is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from sitegen.entities.acronyms import acronym_letters, initials, is_abbreviation
from sitegen.entities.names import ROLES, TITLES, clean, is_lone, normal_form, word_set
from sitegen.entities.people import can_be_one, core, lone_name, surnames
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

_PLACE_NOUNS = word_set("""
    avenue basin bay beach boulevard bridge canal coast corridor creek harbor harbour highway hub island islands lake
    mountain mountains park plaza port river road street trail valley
""") | {"city hall", "congressional district", "town hall"}
"""What names no place by itself, but for short the one place in the article whose name ends so."""

_HEADS = word_set("committee subcommittee commission council caucus brigades brigade")
"""An organisation with such a head may lose its first words: `House Judiciary Committee`, `Judiciary Committee`."""

_OWNERS = ("united states", "united nations", "house", "senate", "federal", "state")
"""First words that any organisation may lose: `U.S. Air Force`, `Air Force`."""

_CAPITAL, _STATE_SIGNS = "washington", ("wa", "wash", "washington state", "state of washington")
"""`Washington, D.C.` reaches us as two mentions; beside such a sign `Washington` may be the state."""

_LEGAL = word_set("inc corp corporation co company llc ltd limited plc group holdings ag gmbh sa nv")
_NO_NAME = re.compile(
    r"\(?[DRIL]-[A-Z].{0,20}"  # party and state
    r"|M\.D\.?|Ph\.? ?D\.?|J\.D\.?|Ed\.D\.?"  # degrees
    r"|H\. ?R\.?(?: ?\d+)?|S\. ?\d+|[HS]\. ?(?:J\. ?|Con\. ?)?Res\. ?\d+"  # bills and resolutions
)
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
    junk = _join_organizations(groups, clusters) | _join_places(groups, clusters, ordered)
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
    if name.islower() or "@" in name or "://" in name or _NO_NAME.fullmatch(name):
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


_Person = list[_Group]
"""Full names of one person, the one that names them first."""


def _join_people(groups: Sequence[_Group], clusters: _Clusters) -> None:
    full = [group for group in groups if group.kind == "person" and not is_lone(group.form, "person")]
    # The fullest names come first, so that what is shorter finds them all; document order plays no part.
    full.sort(key=lambda group: (-len(group.words), len(group.words[0]) == 1, group.form))
    people: list[_Person] = []
    # Names that can be one share their last word or their first two.
    found_by: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for group in full:
        words = core(group.words)
        keys = (words[-1:], words[:2])
        near = sorted({number for key in keys for number in found_by[key]})
        fitting = [n for n in near if all(can_be_one(group.words, member.words) for member in people[n])]
        if len(fitting) == 1:
            number = fitting[0]
            people[number].append(group)
        else:
            number = len(people)
            people.append([group])
        for key in keys:
            if number not in found_by[key][-1:]:
                found_by[key].append(number)
    for person in people:
        person.sort(key=_rank_of_full_name)
        for group in person[1:]:
            clusters.join(group, person[0])
    bearers = _bearers(people)
    for group in groups:
        name = _lone_name_in(group)
        if name:
            owner = _owner_of_lone(name, group, bearers)
            if owner is not None:
                clusters.join(group, owner)


def _rank_of_full_name(group: _Group) -> tuple[bool, int, int, int, str]:
    return (len(group.words[0]) == 1, -len(group.starts), -len(group.words), group.starts[0], group.form)


def _lone_name_in(group: _Group) -> str:
    """Return the surname or given name that a group consists of; empty for all others."""
    if is_lone(group.form, "person"):
        is_person = 4 * group.votes.get("person", 0.0) >= sum(group.votes.values())
        return lone_name(group.words) if is_person else ""
    if group.kind == "organization" and group.words[0] in TITLES:  # `Justice Breyer`, taken for a court
        form = normal_form(next(iter(group.names)), "person")
        return lone_name(form.split(" ")) if is_lone(form, "person") else ""
    return ""


def _bearers(people: Sequence[_Person]) -> tuple[dict[str, list[_Person]], ...]:
    """Index people by surname, by given name, and by the names between."""
    tables: tuple[dict[str, list[_Person]], ...] = ({}, {}, {})
    for person in people:
        parts: tuple[set[str], ...] = (set(), set(), set())
        for group in person:
            words = core(group.words)
            parts[0].update(surnames(group.words))
            parts[1].update(words[:1])
            parts[2].update(word for word in words[1:-1] if len(word) > 1)
        for table, names in zip(tables, parts, strict=True):
            for name in names:
                table.setdefault(name, []).append(person)
    return tables


def _owner_of_lone(name: str, group: _Group, bearers: Iterable[dict[str, list[_Person]]]) -> _Group | None:
    """Find the one person that a lone name can stand for: by surname, else by given name, else by a name between."""
    for table in bearers:
        if found := table.get(name):
            return found[0][0] if len(found) == 1 else _introduced_alone(group, found)
    return None


def _introduced_alone(group: _Group, people: Sequence[_Person]) -> _Group | None:
    last = group.starts[-1]
    known = [person for person in people if min(member.starts[0] for member in person) < last]
    return known[0][0] if len(known) == 1 else None


# Organisations -----------------------------------------------------------------------------------------------------


def _join_organizations(groups: Sequence[_Group], clusters: _Clusters) -> frozenset[str]:
    """Join shortened names to the one organisation they can stand for; returns the forms that name nothing."""
    organizations = [group for group in groups if group.kind == "organization"]
    junk = {group.form for group in groups if group.form in _GENERIC and group.kind != "person"}
    people = {group.words[-1] for group in groups if group.kind == "person"}
    owners_of: defaultdict[str, list[_Group]] = defaultdict(list)
    for group in organizations:
        for short in _short_forms(group.words):
            owners_of[short].append(group)
    # Longer names first, so that `Committee` meets `House Judiciary Committee` and `Judiciary Committee` as one.
    for group in sorted(organizations, key=lambda group: (-len(group.words), group.form)):
        if _is_list_of_people(group, people):
            junk.add(group.form)
            continue
        owners = [owner for owner in owners_of.get(group.form, ()) if owner is not group]
        if len({clusters.head_of[owner.form] for owner in owners}) == 1:
            clusters.join(group, owners[0])
    return frozenset(form for form in junk if form in clusters.members)


def _is_list_of_people(group: _Group, surnames: set[str]) -> bool:
    """`Bennet and Hickenlooper`: two people taken for a firm."""
    name = next(iter(group.names))
    parts = [plain_words(part) for part in _BETWEEN_NAMES.split(name)]
    return len(parts) > 1 and all(part and part.split(" ")[-1] in surnames for part in parts)


def _short_forms(words: Sequence[str]) -> set[str]:
    """Return what an article may call an organisation for short."""
    form, short = " ".join(words), set[str]()
    if form in ("department of treasury", "department of interior"):
        short.add(words[-1])
    legal = len(words)
    while legal > 1 and words[legal - 1] in _LEGAL:
        legal -= 1
        short.add(" ".join(words[:legal]))
    for owner in _OWNERS:
        rest = form.removeprefix(owner + " ")
        if rest != form and (" " in rest or (owner == "united states" and rest not in _GENERIC)):
            short.add(rest)
            short |= _short_forms(rest.split(" "))
    if words[-1] in _HEADS:
        short.update(" ".join(words[cut:]) for cut in (1, 2) if len(words) - cut > 1)
    if len(words) > 1 and words[-1] == "corps":  # `Revolutionary Guards`, `Marines`
        short.add(" ".join(words[:-1]) + "s")
    if tuple(words[1:3]) == ("corps", "of"):  # `Army Corps of Engineers`
        short |= {" ".join(words[:2]), " ".join(words[1:]), "corps"}
    if len(words) > 2 and words[0][0].isdigit() and words[-1] in _GENERIC:  # `11th Airborne Division`
        short.add(" ".join(words[:-1]))
    if len(words) > 1 and words[-1] in _GENERIC:
        short.add(words[-1])
    if len(words) > 2 and words[1] == "of" and (words[0] in _GENERIC or words[0] == "house"):
        short.add(words[0])
    return short


# Places ------------------------------------------------------------------------------------------------------------


def _join_places(groups: Sequence[_Group], clusters: _Clusters, mentions: Sequence[Mention]) -> frozenset[str]:
    """Join what stands for a place in this article only; returns the forms that name nothing."""
    places = [group for group in groups if group.kind == "place"]
    by_form = {group.form: group for group in places}
    capital, district = by_form.get(_CAPITAL), by_form.get("washington dc")
    if capital is not None and district is not None:
        followed = _followed_by_district(mentions)
        if followed == len(capital.starts) or (followed and not any(sign in by_form for sign in _STATE_SIGNS)):
            clusters.join(capital, district)
    nouns = [group for group in places if group.form in _PLACE_NOUNS]
    for group in nouns:
        owners = [owner for owner in places if owner is not group and owner.form.endswith(f" {group.form}")]
        if len({clusters.head_of[owner.form] for owner in owners}) == 1:
            clusters.join(group, owners[0])
    return frozenset(group.form for group in nouns if group.form in clusters.members)


def _followed_by_district(mentions: Sequence[Mention]) -> int:
    """Count the mentions of `Washington` right before `D.C.`."""
    return sum(
        1
        for first, second in pairwise(mentions)
        if 1 <= second.start - first.end <= 3
        and normal_form(first.surface, "place") == _CAPITAL
        and normal_form(second.surface, "place") == "washington dc"
    )


# Acronyms ----------------------------------------------------------------------------------------------------------


def _join_acronyms(groups: Sequence[_Group], clusters: _Clusters, mentions: Sequence[Mention]) -> None:
    long_forms = {group.form: group for group in groups if len(group.words) > 1}
    if not long_forms:
        return
    by_initials: defaultdict[str, list[_Group]] = defaultdict(list)
    for group in long_forms.values():
        for letters in _initials(group):
            by_initials[letters].append(group)
    before = _bracketed_after(mentions)
    for group in groups:
        letters = _acronym_letters(group)
        if not letters or not clusters.is_alone(group):
            continue
        defined = sorted({form for name in group.names for form in before.get(plain_words(name), ())})
        owners = [long_forms[form] for form in defined if form in long_forms]
        owners = [owner for owner in owners if len(letters) > 2 and is_abbreviation(letters, owner.words)]
        if len(owners) != 1:
            owners = [owner for owner in by_initials.get(letters, ()) if letters not in owner.words]
        if len({clusters.head_of[owner.form] for owner in owners}) == 1:
            clusters.join(group, owners[0])


def _acronym_letters(group: _Group) -> str:
    """The acronym that a group consists of; nothing where its long form is known (`ND`)."""
    return next(filter(None, map(acronym_letters, group.names)), "") if len(group.words) == 1 else ""


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

    def rank(name: str) -> tuple[bool, bool, int, str]:
        shortened = head.kind == "place" and plain_words(name) != head.form  # `Fla.` beside `Florida`
        return name.isupper() and len(name) > 4, shortened, -head.names[name], name

    name = min(head.names, key=rank)
    others = sorted((group for group in members), key=lambda group: group.starts[0])
    forms = dict.fromkeys(form for group in others for form in group.names if form != name)
    return EntityTag(name, head.kind, tuple(forms))
