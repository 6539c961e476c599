"""Views of every type, as full as they come, for the tests of rendering."""

from __future__ import annotations

import msgspec

from sitegen.render.views import (
    ArchiveView,
    ArticleView,
    Bar,
    CardView,
    EntityEntry,
    EntityGroup,
    EntityIndexView,
    EntityLink,
    EntityView,
    GroupIndexView,
    GroupView,
    HomeView,
    Link,
    MapPlace,
    MapView,
    MonthView,
    Neighbour,
    NetworkEdge,
    NetworkNode,
    NetworkView,
    NotFoundView,
    NoticeView,
    PageView,
    Provenance,
    Quote,
    RedirectView,
    Related,
    SearchView,
    SiteView,
    View,
    YearView,
)

SITE = SiteView(
    title="Harbour Archive",
    description="Reports from a harbour town",
    families=("people", "organizations", "places", "sources", "kinds/ship"),
    pages=(Link("About", "/about/"),),
)

CARD = CardView(
    url="/1961/04/first-orbit/",
    title="A first orbit & a safe return",
    date="1961-04-12",
    excerpt="He was back on the ground before lunch.",
    source="Evening Ledger",
    authors=("Ida Falk",),
    language="en",
    direction="ltr",
)
QUOTING = msgspec.structs.replace(CARD, excerpt="", quote=Quote("At noon ", "Ida Falk & <b>", " opened the gates."))
FOREIGN = CardView(url="/1961/05/he/", title="שלום לכולם", date="1961-05", language="he", direction="rtl")
BARE = CardView(url="/undated/x/", title="", date="")

PERSON = EntityLink("person", "ida-falk", "Ida Falk", "/people/ida-falk/", 7)
COMPANY = EntityLink("organization", "t-and-s", "Tug & Sons", "/organizations/t-and-s/", 3)
SHIP = EntityLink("ship", "beagle", "Beagle", "/kinds/ship/a-z/b/#beagle", 1, has_page=False)
GROUPS = (EntityGroup("person", (PERSON,)), EntityGroup("organization", (COMPANY,)), EntityGroup("ship", (SHIP,)))

ARTICLE = ArticleView(
    url="/1961/04/harbour-opens/",
    title="Harbour opens to “great” ships",
    description="The gates stood open at noon.",
    id="00112233445566aa",
    date="1961-04-12",
    updated="1961-04-13",
    authors=(Link("Ida Falk", "/authors/ida-falk/"), Link("Tom Ray", "")),
    source=Link("Evening Ledger", "/sources/evening-ledger/"),
    language="en",
    words=420,
    minutes=2,
    marks=(PERSON, None, SHIP),
    groups=GROUPS,
    topics=(Link("Harbours", "/tags/harbours/"),),
    month=Link("1961-04", "/archive/1961/04/"),
    previous=CARD,
    next=FOREIGN,
    related=(Related(CARD, ("Ida Falk", "Tug & Sons")), Related(FOREIGN, ())),
    copies=(BARE,),
    provenance=Provenance("content/raw/a.txt", "ab" * 32, "https://example.org/a?b=1&c=2", True, False),
)
BODY = (
    "<p>At noon \x0e0\x0fIda Falk\x10 met \x0e1\x0fnobody\x10 on the \x0e2\x0fBeagle\x10."
    ' <a href="\x11about/">About</a></p>'
)

YEARS = (Bar("1961", 12, "/archive/1961/"), Bar("1963", 3, "/archive/1963/"))
MONTHS = tuple(Bar(f"1961-{month:02d}", month % 4, f"/archive/1961/{month:02d}/") for month in range(1, 13))

ENTITY = EntityView(
    url="/people/ida-falk/",
    title="Ida Falk",
    kind="person",
    slug="ida-falk",
    name="Ida Falk",
    aliases=("I. Falk",),
    links=(Link("wikidata", "Q42"), Link("homepage", "https://example.org/"), Link("odd", "javascript:alert(1)")),
    articles=3,
    first="1961-04-12",
    last="1963",
    by_year=(Bar("1961", 2), Bar("1962", 0), Bar("1963", 1)),
    by_month=(Bar("1961-04", 1), Bar("1961-05", 1)),
    neighbours=(Neighbour(COMPANY, 3, 0.75), Neighbour(PERSON, 1, 0.5)),
    cards=(QUOTING, FOREIGN, BARE),
    feed="/people/ida-falk/feed.xml",
    data="/people/ida-falk/data.json",
    table="/people/ida-falk/articles.csv",
    latitude=54.5,
    longitude=-1.25,
    country="GB",
)

HARBOUR = EntityLink("place", "harbour", 'Harbour "<b>" & co', "/places/harbour/", 12)
MAP = MapView(
    url="/map/",
    places=(MapPlace(HARBOUR, 54.5, -1.25, "GB"), MapPlace(PERSON, -33.9, 151.2, "AU")),
    elsewhere=(SHIP,),
)
NODES = (
    NetworkNode(HARBOUR, "Harbour", 40, 20, (("1961", 10), ("1963", 2))),
    NetworkNode(PERSON, "Ida Falk", 300, 90, (("1961", 7),)),
    NetworkNode(SHIP, "Beagle", 120, 200, ()),
)
NETWORK = NetworkView(
    url="/network/",
    width=400,
    height=240,
    nodes=NODES,
    edges=(NetworkEdge(0, 1, 5, 0.75, (("1961", 5),)), NetworkEdge(0, 2, 1, 0.1, ())),
)

PAGES: tuple[tuple[View, str], ...] = (
    (
        HomeView(
            url="/",
            articles=15,
            first="1961",
            last="1963-05-01",
            sources=2,
            histogram=YEARS,
            top=GROUPS,
            latest=(CARD, FOREIGN, BARE),
        ),
        "",
    ),
    (ARTICLE, BODY),
    (ArticleView(url="/undated/y/", id="y", date="", status="redacted"), "<p>Gone.</p>"),
    (ArticleView(url="/undated/z/", id="z", date="1987?", status="draft", title="word " * 40), ""),
    (ArchiveView(url="/archive/", years=((YEARS[0], MONTHS),), undated=2), ""),
    (
        YearView(
            url="/archive/1961/",
            title="1961",
            year="1961",
            months=MONTHS,
            cards=(CARD,),
            previous=Link("1960", "/archive/1960/"),
            top=GROUPS,
            days=((), (0, 4, 0), *((),) * 10),
        ),
        "",
    ),
    (MAP, ""),
    (MapView(url="/map/", places=()), ""),
    (NETWORK, ""),
    (NetworkView(url="/network/", width=0, height=0, nodes=(), edges=()), ""),
    (
        MonthView(
            url="/archive/1961/04/", month="1961-04", cards=(CARD, FOREIGN), next=Link("1961-05", "/archive/1961/05/")
        ),
        "",
    ),
    (MonthView(url="/undated/", month="", cards=(BARE,)), ""),
    (ENTITY, ""),
    (
        EntityView(
            url="/kinds/ship/beagle/1961/",
            kind="ship",
            slug="beagle",
            name="Beagle",
            articles=1,
            year="1961",
            years=(Link("1961", "/kinds/ship/beagle/1961/"), Link("", "/kinds/ship/beagle/undated/")),
            cards=(CARD,),
        ),
        "",
    ),
    (
        EntityIndexView(
            url="/people/",
            kind="person",
            letters=(Link("f", "/people/a-z/f/"),),
            top=(PERSON,),
            entries=(EntityEntry("ida-falk", "Ida Falk", 7, "/people/ida-falk/"),),
        ),
        "",
    ),
    (
        EntityIndexView(
            url="/people/a-z/f/", kind="person", letter="f", entries=(EntityEntry("falk", "Falk", 2, "", (CARD, BARE)),)
        ),
        "",
    ),
    (
        GroupIndexView(
            url="/sources/",
            family="sources",
            entries=(EntityLink("sources", "ledger", "Evening Ledger", "/sources/ledger/", 3),),
        ),
        "",
    ),
    (
        GroupView(
            url="/sources/ledger/",
            family="sources",
            name="Evening Ledger",
            articles=2,
            cards=(CARD, FOREIGN),
            years=(Link("1961", "/sources/ledger/1961/"),),
        ),
        "",
    ),
    (SearchView(url="/search/"), ""),
    (NotFoundView(url="/404.html", robots="noindex"), ""),
    (PageView(url="/about/", title="About"), '<p>See <a href="\x11archive/">the years</a>.</p>'),
    (RedirectView(url="/old/", target="/people/ida-falk/"), ""),
    (NoticeView(url="/1961/04/gone/", id="x", note="At the author’s wish."), ""),
)
"""Every page type at least once, with its body."""
