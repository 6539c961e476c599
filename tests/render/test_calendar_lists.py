"""Lists cut by the calendar."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.lists import by_day, by_year, heat, link_years, month_grid
from sitegen.render.views import Bar, CardView, Link


def _cards(*dates: str) -> list[CardView]:
    return [CardView(f"/{at}/", str(at), date) for at, date in enumerate(dates)]


def test_neighbours_of_one_year_or_day_stand_together() -> None:
    """Cards keep their order; a date without the precision asked for goes under the empty key."""
    cards = _cards("1969-07-20", "1969-07-20~", "1969-07", "1968?", "")
    assert [(key, len(group)) for key, group in by_year(cards)] == [("1969", 3), ("1968", 1), ("", 1)]
    assert [(key, len(group)) for key, group in by_day(cards)] == [("1969-07-20", 2), ("", 3)]


def test_a_month_is_a_grid_of_weeks() -> None:
    """Weeks start on Monday and hold each day's number of articles."""
    grid = month_grid("1969-07", _cards("1969-07-20", "1969-07-20", "1969-07"))
    assert grid[0] == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)]
    assert (20, 2) in grid[2]
    assert sum(count for week in grid for _, count in week) == 2
    assert month_grid("1969", []) == month_grid("", []) == []


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_shades_grow_with_the_count(count: int, peak: int) -> None:
    """No article, no shade; the peak has the darkest; more is never lighter."""
    shade = heat(count, peak)
    assert 0 <= shade <= 5
    assert (shade == 0) == (count == 0 or peak == 0)
    assert heat(peak, peak) == (5 if peak else 0)
    assert shade <= heat(count + 1, peak)


def test_bars_lead_to_the_page_of_a_year_or_to_its_place_on_the_page() -> None:
    """A bar's own URL wins, then a page for the year, then the year's heading; else it has none."""
    bars = [Bar("1960", 1, "/x/"), Bar("1961", 1), Bar("1962", 1), Bar("1963", 1)]
    linked = link_years(bars, [Link("1961", "/y/1961/")], _cards("1962-01-01"))
    assert [bar.url for bar in linked] == ["/x/", "/y/1961/", "#y1962", ""]
