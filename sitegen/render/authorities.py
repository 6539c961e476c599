"""Authority files: what an editor's `wikidata: Q1615` links to."""

from __future__ import annotations

import re

from sitegen.render.views import Link

# Scheme → (name, form of its identifiers, URL). From each authority's own documentation of its persistent URLs.
_SCHEMES = {
    "wikidata": ("Wikidata", r"Q[0-9]{1,12}", "https://www.wikidata.org/wiki/{}"),
    "viaf": ("VIAF", r"[0-9]{1,25}", "https://viaf.org/viaf/{}"),
    "gnd": ("GND", r"[0-9X-]{3,15}", "https://d-nb.info/gnd/{}"),
    "lccn": ("Library of Congress", r"[a-z]{1,3}[0-9]{6,12}", "https://id.loc.gov/authorities/names/{}"),
    "isni": ("ISNI", r"[0-9]{15}[0-9X]", "https://isni.org/isni/{}"),
    "orcid": ("ORCID", r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]", "https://orcid.org/{}"),
    "ror": ("ROR", r"0[a-z0-9]{8}", "https://ror.org/{}"),
    "geonames": ("GeoNames", r"[0-9]{1,10}", "https://www.geonames.org/{}/"),
}


def authority_link(link: Link) -> Link:
    """Name and URL of what an editor linked an entity to: (`wikidata`, `Q1615`) → Wikidata's page of it.

    A link that is a web address already keeps it. What is neither has no URL, and its label shows the value.
    """
    name, form, url = _SCHEMES.get(link.label.lower(), (link.label, "", ""))
    value = link.url.strip()
    if value.lower().startswith(("https://", "http://")):
        return Link(name, value)
    if form and re.fullmatch(form, value):
        return Link(name, url.format(value))
    return Link(f"{name}: {value}", "")
