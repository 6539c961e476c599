"""Make up whole short texts from the templates of `stories.toml`, with their labels."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np

from sitegen.entities.tagging.rules import Span
from training.augment import Names, Region
from training.data import Document

_BLANK = re.compile(r"\{([A-Z])(\d)\}|\{n\}")
_KINDS = {
    **dict.fromkeys("PFIGQ", "person"),
    **dict.fromkeys("OTUA", "organization"),
    **dict.fromkeys("LCD", "place"),
}


class Stories:
    """Writes stories; every name in one comes from one part of the world, and countries from anywhere."""

    def __init__(self, path: Path, names: Names) -> None:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        self._names = names
        self._stories = [(story["text"], story.get("thing", "")) for story in data["story"]]
        self._agencies = data["agency"].split("|")
        self._nicknames = data["nicknames"].split("|")
        self._things = {kind: block.replace("\n", "").split("|") for kind, block in data["things"].items()}

    def write(self, count: int, random: np.random.Generator) -> list[Document]:
        """Return `count` documents of one to three stories each."""
        return [self._document(f"story {number}", random) for number in range(count)]

    def _document(self, name: str, random: np.random.Generator) -> Document:
        region = self._names.region(random)
        text, spans = "", list[Span]()
        for _ in range(int(random.integers(1, 4))):
            story, thing = self._stories[int(random.integers(len(self._stories)))]
            text = self._fill(story, thing, region, random, text, spans) + "\n"
        return Document(name, text, tuple(spans))

    def _fill(
        self,
        story: str,
        thing: str,
        region: Region,
        random: np.random.Generator,
        text: str,
        spans: list[Span],
    ) -> str:
        chosen: dict[str, str] = {}
        at = 0
        for blank in _BLANK.finditer(story):
            text += story[at : blank.start()]
            at = blank.end()
            kind, number = blank.group(1), blank.group(2)
            if kind is None:
                text += str(int(random.integers(2, 99)))
                continue
            name = self._name(kind, number, thing, region, random, chosen)
            line = story[story.rfind("\n", 0, at) + 1 : (story + "\n").find("\n", at)]
            if len(literal := _BLANK.sub("", line)) > 8 and literal.isupper():
                name = name.upper()
            if kind in _KINDS:
                spans.append(Span(len(text), len(text) + len(name), _KINDS[kind], 1.0))
            text += name
        return text + story[at:]

    def _name(
        self,
        kind: str,
        number: str,
        thing: str,
        region: Region,
        random: np.random.Generator,
        chosen: dict[str, str],
    ) -> str:
        names = self._names
        if kind in "PFIGQ" and "P" + number not in chosen:
            given, family = names.given(region, random), names.family(region, random)
            chosen["F" + number], chosen["P" + number] = family, f"{given} {family}"
            chosen["I" + number], chosen["G" + number] = f"{given[0]}. {family}", given
            chosen["Q" + number] = family.upper()
        elif kind in "TU" and "T" + number not in chosen:
            chosen["T" + number] = self._team(region, random)
            chosen["U" + number] = chosen["T" + number].upper()
        elif kind + number not in chosen:
            match kind:
                case "O":
                    chosen[kind + number] = names.organization(region, random)
                case "C":
                    chosen[kind + number] = names.country(names.region(random), random)
                case "A":
                    chosen[kind + number] = self._agencies[int(random.integers(len(self._agencies)))]
                case "X":
                    chosen[kind + number] = self._thing(thing, region, random)
                case "D":
                    town = names.city(region, random)
                    chosen[kind + number] = town.upper() if random.random() < 0.7 else town
                case _:
                    chosen[kind + number] = names.city(region, random)
        return chosen[kind + number]

    def _team(self, region: Region, random: np.random.Generator) -> str:
        roll, town = random.random(), self._names.city(region, random)
        if roll < 0.65:
            return town
        if roll < 0.8:
            return f"{self._names.invented(random)} {town}"
        if roll < 0.9:
            return f"{town} {('United', 'City', 'Rovers', 'FC', 'Wanderers')[int(random.integers(5))]}"
        return self._nicknames[int(random.integers(len(self._nicknames)))]

    def _thing(self, kind: str, region: Region, random: np.random.Generator) -> str:
        names, options = self._names, self._things[kind]
        return options[int(random.integers(len(options)))].format(
            given=names.given(region, random),
            family=names.family(region, random),
            family2=names.family(region, random),
            city=names.city(region, random),
            country=names.country(region, random),
            invented=names.invented(random),
            n=int(random.integers(2, 40)),
        )
