"""How much one article may name; what is over is set aside, so that no article can hold up a build or fill a disk.

Every author, topic, entity and old address is a page of its own, and many of these pages name the others: their cost
grows with the square of their number. The limits lie above what real articles reach (of 26,639 press releases the
fullest names 349 people, organisations and places), and depend on the article alone, so that all machines decide alike.
"""

from __future__ import annotations

from sitegen.model.article import Article

MAX_ENTITIES = 500
"""Names in the machine's lists together, under `tag` and under `untag`."""
MAX_TAGGED = 300_000
"""Characters of a text, about 50,000 words, in which a tagger looks for names."""
MAX_NAMES = 200
"""Authors, topics, old addresses, and forms of one entity's name."""
MAX_NAME = 1_000
"""Characters of a name."""
MAX_TITLE = 2_000
"""Characters of a title, an id or a web address."""
MAX_EXTRA = 500_000
"""Characters of all that is kept under keys that the program does not know."""


def over_limits(article: Article) -> str:
    """Return what an article has too much of, in a few words; empty where it is within its limits."""
    source = article.source
    if max(len(article.title), len(article.id), len(source.url)) > MAX_TITLE:
        return f"a title, id or address of more than {MAX_TITLE:,} characters"
    if max(len(article.machine_tags), len(article.tag), len(article.untag)) > MAX_ENTITIES:
        return f"more than {MAX_ENTITIES} people, organisations and places"
    if max(len(article.authors), len(article.tags), len(article.aliases)) > MAX_NAMES:
        return f"more than {MAX_NAMES} authors, topics or old addresses"
    longest = max(map(len, (source.name, source.file, *article.authors, *article.tags, *article.untag)))
    for tag in (*article.machine_tags, *article.tag):
        longest = max(longest, len(tag.name), len(tag.kind))
        if tag.forms:
            if len(tag.forms) > MAX_NAMES:
                return f"more than {MAX_NAMES} forms of a name"
            longest = max(longest, *map(len, tag.forms))
    if longest > MAX_NAME:
        return f"a name of more than {MAX_NAME:,} characters"
    if article.extra and len(repr(article.extra)) > MAX_EXTRA:
        return f"more than {MAX_EXTRA:,} characters in other fields"
    return ""
