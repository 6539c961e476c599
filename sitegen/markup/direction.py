"""Which way a language is written."""

from __future__ import annotations

from functools import lru_cache

# Blank-separated, with a blank at either end.
_RTL_LANGUAGES = (
    " "
    "ar arc arz ary aeb acm acq afb apc apd ajp ayl bal bqi ckb dv fa fas per glk ara he heb iw khw lki lrc luz mzn "
    "nqo pnb pnt prs pes ps pus sam sd snd sdh skr syr syc ug uig ur urd yi yid ydd aii tmr jpr "
)
_RTL_SCRIPTS = (
    " "
    "adlm arab aran armi avst chrs cprt elym hatr hebr hung khar lydi mand mani mend merc mero narb nbat nkoo orkh "
    "ougr palm perm phli phlp phnx prti rohg samr sarb sogd sogo syrc syre syrj syrn thaa yezi "
)


@lru_cache(maxsize=1024)
def text_direction(language: str) -> str:
    """Return `rtl` or `ltr` for a BCP 47 tag (`ar`, `fa-AF`, `uz-Arab`, `he-Latn`); `ltr` for an empty or odd tag.

    A script subtag decides where there is one, else the primary language. Scripts: those with right-to-left
    direction in ISO 15924 as Unicode 15 assigns it.
    """
    subtags = language.strip().lower().replace("_", "-").split("-")
    for subtag in subtags[1:]:
        if len(subtag) == 1:  # an extension or private use follows
            break
        if len(subtag) == 4 and subtag.isalpha():
            return "rtl" if f" {subtag} " in _RTL_SCRIPTS else "ltr"
    return "rtl" if f" {subtags[0]} " in _RTL_LANGUAGES else "ltr"
