"""The data types every layer shares: frozen values without behaviour that touches the world."""

from sitegen.model.article import Article, EntityTag, Mention, RawArticle, Source
from sitegen.model.date import EdtfDate
from sitegen.model.library import Card, CardTag, Entity
from sitegen.model.problem import Problem

__all__ = [
    "Article",
    "Card",
    "CardTag",
    "EdtfDate",
    "Entity",
    "EntityTag",
    "Mention",
    "Problem",
    "RawArticle",
    "Source",
]
