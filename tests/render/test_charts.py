"""Histograms."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.charts import fill_gaps, histogram, month_histogram
from sitegen.render.strings import Strings
from sitegen.render.views import Bar

_SVG_A = "a"


def _draw(bars: list[Bar], current: str = "") -> ET.Element:
    text = histogram(
        bars, caption="Articles <over> time", strings=Strings(), rel=lambda url: ".." + url, current=current
    )
    return ET.fromstring(text)


def test_gaps_between_years_and_months_are_filled() -> None:
    """Years and months without articles keep their place on the axis."""
    assert [bar.label for bar in fill_gaps([Bar("1963", 1), Bar("1960", 2)])] == ["1960", "1961", "1962", "1963"]
    assert [bar.count for bar in fill_gaps([Bar("1963", 1), Bar("1960", 2)])] == [2, 0, 0, 1]
    assert [bar.label for bar in fill_gaps([Bar("1960-11", 1), Bar("1961-02", 2)])] == [
        "1960-11",
        "1960-12",
        "1961-01",
        "1961-02",
    ]


def test_what_cannot_be_put_on_one_axis_stays_as_given() -> None:
    """Mixed precision, odd labels, doubled labels and one wrong century are not filled."""
    for bars in (
        [Bar("1960", 1), Bar("1961-02", 1)],
        [Bar("1960", 1), Bar("soon", 1)],
        [Bar("1960", 1), Bar("1960?", 1)],
        [Bar("0019", 1), Bar("1960", 1)],
        [],
    ):
        assert fill_gaps(bars) == bars


def test_the_table_says_what_the_drawing_shows() -> None:
    """Each bar with articles is linked in the drawing, hidden from assistive technology, and in the table."""
    figure = _draw(
        [Bar("1960", 1200, "/archive/1960/"), Bar("1962", 1, "/archive/1962/"), Bar("1963", 0, "/x/")], "1962"
    )
    drawing = figure.find("svg")
    assert drawing is not None
    assert drawing.get("aria-hidden") == "true"
    links = list(drawing.iter(_SVG_A))
    assert [link.get("href") for link in links] == ["../archive/1960/", "../archive/1962/"]
    assert {link.get("tabindex") for link in links} == {"-1"}
    assert [link.findtext("title") for link in links] == ["1960: 1,200 articles", "1962: 1 article"]
    table = figure.find("details")
    assert table is not None
    assert [(a.get("href"), a.text) for a in table.iter("a")] == [
        ("../archive/1960/", "1960"),
        ("../archive/1962/", "1962"),
    ]
    assert [cell.text for cell in table.iter("td")] == ["1,200", "1"]
    assert table.findtext(".//caption") == "Articles <over> time"
    assert [rect.get("class") for rect in drawing.iter("rect")] == ["spot", "bar", "spot", "bar on"]


def test_bars_without_a_page_are_not_linked() -> None:
    """A bar without a URL is drawn and listed without a link."""
    figure = _draw([Bar("1960", 2), Bar("1961", 1)])
    assert not list(figure.iter("a"))
    assert [cell.text for cell in figure.iter("th")][2:] == ["1960", "1961"]


def test_one_bar_is_no_histogram() -> None:
    """There is nothing to compare in one bar, or in none with articles."""
    for bars in ([], [Bar("1960", 4)], [Bar("1960", 0), Bar("1961", 0)]):
        assert histogram(bars, caption="", strings=Strings(), rel=str) == ""


def _labels(bars: list[Bar]) -> list[str | None]:
    drawing = _draw(bars).find("svg")
    assert drawing is not None
    return [text.text for text in drawing.iter("text") if text.get("class") != "peak"]


def test_labels_are_few_and_round() -> None:
    """About eight labels: round years, the months of one year, or the years of several years of months."""
    assert _labels([Bar(str(year), 1) for year in range(1957, 2019)]) == [
        "1960",
        "1970",
        "1980",
        "1990",
        "2000",
        "2010",
    ]
    assert _labels([Bar(f"1960-{month:02d}", 1) for month in range(1, 13)])[:3] == ["Jan", "Feb", "Mar"]
    assert _labels([Bar("1960-03", 1), Bar("1963-02", 1)]) == ["1961", "1962", "1963"]
    assert _labels([Bar("1960-11", 1), Bar("1961-02", 1)]) == ["1961"]
    assert _labels([Bar("a", 1), Bar("b", 1)]) == []


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 10**6)), max_size=30, unique_by=lambda pair: pair[0]))
def test_any_years_make_well_formed_bars_inside_the_drawing(pairs: list[tuple[int, int]]) -> None:
    """Bars never leave the drawing, whatever the years and counts."""
    bars = [Bar(f"{year:04d}", count) for year, count in pairs]
    text = histogram(bars, caption="c", strings=Strings(), rel=str)
    if not text:
        return
    for rect in ET.fromstring(text).iter("rect"):
        left, width = (float((rect.get(name) or "").rstrip("%")) for name in ("x", "width"))
        assert left >= 0
        assert left + width <= 100


def _months(years: list[Bar], months: list[Bar]) -> ET.Element | None:
    text = month_histogram(years, months, caption="Over <time>", strings=Strings(), rel=lambda url: ".." + url)
    return ET.fromstring(text) if text else None


def _rows(figure: ET.Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]


def test_months_are_drawn_and_tabled_by_year() -> None:
    """A bar for each month, led to where its year's leads; sums hold what is known by the year alone."""
    figure = _months([Bar("1960", 5, "#y1960"), Bar("1961", 0), Bar("1962", 1)], [Bar("1960-02", 3), Bar("1962-01", 1)])
    assert figure is not None
    drawing = figure.find("svg")
    assert drawing is not None
    assert [link.get("href") for link in drawing.iter("a")] == ["..#y1960"]
    assert len(list(drawing.iter("title"))) == 2
    head, first, second = _rows(figure)
    assert head[:3] == ["Year", "Jan", "Feb"]
    assert first == ["1960", "", "3", *[""] * 10, "5"]
    assert second == ["1962", "1", *[""] * 11, "1"]


def test_a_long_span_is_drawn_by_years() -> None:
    """A bar of a month would be too thin to see; the table has the months still."""
    figure = _months([Bar("1900", 1), Bar("1990", 2)], [Bar("1900-02", 1), Bar("1990-01", 2)])
    assert figure is not None
    assert [title.text for title in figure.iter("title")] == ["1900: 1 article", "1990: 2 articles"]
    assert len(_rows(figure)) == 3


def test_without_months_the_years_are_drawn() -> None:
    """And nothing at all where nothing can be compared."""
    figure = _months([Bar("1960", 1), Bar("1962", 2)], [])
    assert figure is not None
    assert len(_rows(figure)[0]) == 2
    assert _months([Bar("1960", 1)], []) is None
    assert _months([Bar("1960", 1)], [Bar("1960-02", 1)]) is None
