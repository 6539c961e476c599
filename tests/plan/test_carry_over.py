"""What a library takes over from the one before it is what it would have counted itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from test_library import card, library_of, people

from sitegen.plan.carry_over import carry_over
from sitegen.plan.columns import Row, splice
from sitegen.plan.library import Library

NAMES = (
    "Ada Byron",
    "A. Byron",
    "Byron",
    "Ada  Byron",
    "ADA BYRON",
    "Bo Lind",
    "Bo LIND",
    "Cy Dun",
    "Dee Eng",
    "NASA",
    "Nasa",
)
JUDGEMENTS = """\
- name: Ada Byron
  kind: person
  aliases: [A. Byron]
- name: Cy Dun the Younger
  kind: person
  aliases: [Cy Dun]
  articles: [a3, b1]
- name: Dee Eng
  kind: person
  hide: true
"""

lists = st.lists(st.lists(st.sampled_from(NAMES), max_size=5), min_size=1, max_size=8)


@given(old=lists, new=lists, gone=st.sets(st.integers(0, 7)), least=st.sampled_from([1, 2, 3]), judged=st.booleans())
def test_corrected_counts_are_those_of_a_fresh_library(
    old: list[list[str]], new: list[list[str]], gone: set[int], least: int, judged: bool
) -> None:
    """Company and other names, whatever comes and goes, with and without judgements."""
    cards = [card(f"a{at}", f"1969-07-{at + 1:02d}", tags=people(*names)) for at, names in enumerate(old)]
    added = [card(f"b{at}", f"1969-07-{at + 1:02d}", tags=people(*names)) for at, names in enumerate(new)]
    before = library_of(cards, JUDGEMENTS if judged else "", least)
    numbered = [before.cards[at] for at in range(len(before.cards))] + added
    assert before.company.numbers is not None
    assert before.other_names is not None
    removed = {position for position in gone if position < len(before.cards)}
    rows = [Row(fresh, len(before.cards) + at) for at, fresh in enumerate(added)]
    columns = splice(before.columns, before.cards.__getitem__, removed, rows, before.labels).columns

    def library() -> Library:
        return Library(columns, before.labels, numbered.__getitem__, min_articles=least)

    after, fresh = library(), library()
    carry_over(before, after, removed, [after.place(one) for one in added])
    assert after.other_names == fresh.other_names
    assert after.company.numbers == fresh.company.numbers
    assert after.company.shared.tolist() == fresh.company.shared.tolist()
