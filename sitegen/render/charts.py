"""Histograms of articles over time as SVG: no script, no style, with links, and with a table behind them.

The drawing is a convenience for the pointer and hidden from assistive technology; the table says the same and
holds the links that the keyboard reaches. Positions are percentages, so that the chart takes any width while its
labels keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from sitegen.model.date import EdtfDate
from sitegen.render.dates import month_name, readable_date
from sitegen.render.strings import Strings
from sitegen.render.views import Bar

_PLOT_TOP, _PLOT_HEIGHT, _HEIGHT = 22, 120, 168
_MOST_BARS = 400
"""Gaps are filled up to this many bars: one wrong date in the year 19 must not draw two thousand."""
_LABELS = 8
_WIDEST = 6_000
"""Thousandths of a percent: a few bars do not become walls."""


def fill_gaps(bars: Sequence[Bar]) -> list[Bar]:
    """Bars of consecutive years or months, in order, with empty ones where none was given.

    Bars that mix years and months, are no dates, or would span more than 400 steps come back as given.
    """
    dates = [EdtfDate.parse(bar.label) for bar in bars]
    monthly = {bool(date.month) for date in dates if date is not None}
    if len(monthly) != 1 or None in dates:
        return list(bars)
    by_step = {_step(date): bar for date, bar in zip(dates, bars, strict=True) if date is not None}
    first, last = min(by_step), max(by_step)
    if last - first >= _MOST_BARS or len(by_step) < len(bars):
        return list(bars)
    name = _month_label if monthly.pop() else _year_label
    return [by_step.get(step) or Bar(name(step), 0) for step in range(first, last + 1)]


def _step(date: EdtfDate) -> int:
    return date.year * 12 + date.month - 1 if date.month else date.year


def _month_label(step: int) -> str:
    return f"{step // 12:04d}-{step % 12 + 1:02d}"


def _year_label(step: int) -> str:
    return f"{step:04d}"


def histogram(
    bars: Sequence[Bar], *, caption: str, strings: Strings, rel: Callable[[str], str], current: str = ""
) -> Markup:
    """Draw a `<figure>` with the bars, linked, and their table; nothing where fewer than two bars can be compared.

    Args:
        bars: One per year or month; gaps are filled.
        caption: What is counted, plain text.
        strings: Interface language.
        rel: Makes a root-relative URL relative to the page.
        current: Label of the bar to be marked, if any.
    """
    shown = fill_gaps(bars)
    if not _is_comparable(shown):
        return Markup()
    rows = [_Row(bar, strings, rel) for bar in shown if bar.count]
    table = _table(rows, caption, strings)
    return Markup(f'<figure class="chart">\n{_drawing(shown, strings, rel, current)}{table}</figure>\n')  # noqa: S704


def _is_comparable(bars: Sequence[Bar]) -> bool:
    return len(bars) > 1 and any(bar.count for bar in bars)


def month_histogram(
    years: Sequence[Bar], months: Sequence[Bar], *, caption: str, strings: Strings, rel: Callable[[str], str]
) -> Markup:
    """As `histogram`, with a bar for each month and a table of years by months behind it.

    Where the months span more than 400, or none is known, the bars are those of the years. A month's bar leads where
    its year's does.

    Args:
        years: One per year, with the articles of which no more than the year is known.
        months: One per month that has articles.
    """
    url_of = {bar.label: bar.url for bar in years}
    shown = fill_gaps([Bar(bar.label, bar.count, url_of.get(bar.label[:4], "")) for bar in months])
    if len(months) < 2 or not _spans(shown):
        shown = fill_gaps(years)
    if not months or not _is_comparable(shown):
        return histogram(years, caption=caption, strings=strings, rel=rel)
    table = _month_table(years, months, caption, strings, rel)
    return Markup(f'<figure class="chart">\n{_drawing(shown, strings, rel, "")}{table}</figure>\n')  # noqa: S704


def _spans(bars: Sequence[Bar]) -> bool:
    """Whether no gap is left between consecutive months."""
    dates = [EdtfDate.parse(bar.label) for bar in bars]
    steps = [_step(date) for date in dates if date is not None]
    return len(steps) == len(bars) and steps == list(range(steps[0], steps[0] + len(steps)))


def _drawing(shown: Sequence[Bar], strings: Strings, rel: Callable[[str], str], current: str) -> str:
    """Draw the bars: the values in them are escaped."""
    peak = max(bar.count for bar in shown)
    parts = [
        f'<svg class="bars" width="100%" height="{_HEIGHT}" aria-hidden="true" focusable="false">\n',
        f'<text class="peak" x="0" y="12">{_articles(peak, strings)}</text>\n',
        f'<line class="grid" x1="0" x2="100%" y1="{_PLOT_TOP - 3}" y2="{_PLOT_TOP - 3}"/>\n',
        f'<svg y="{_PLOT_TOP}" width="100%" height="{_PLOT_HEIGHT}">\n',
    ]
    width = 100_000 // len(shown)
    for index, bar in enumerate(shown):
        if bar.count:
            row = _Row(bar, strings, rel)
            shape = _shape(index * 100_000 // len(shown), width, bar.count * 100_000 // peak, bar.label == current)
            start, end = (f'<a href="{row.url}" tabindex="-1">', "</a>") if row.url else ("<g>", "</g>")
            parts.append(f"{start}<title>{row.date}: {_articles(bar.count, strings)}</title>{shape}{end}\n")
    parts.append("</svg>\n")
    base = _PLOT_TOP + _PLOT_HEIGHT
    parts.append(f'<line class="base" x1="0" x2="100%" y1="{base}" y2="{base}"/>\n')
    parts.extend(_labels([bar.label for bar in shown], base + 18, strings))
    parts.append("</svg>\n")
    return "".join(parts)


class _Row:
    """A bar's texts, escaped: they stand in the drawing and in the table."""

    __slots__ = ("count", "date", "url")

    def __init__(self, bar: Bar, strings: Strings, rel: Callable[[str], str]) -> None:
        self.date = escape(readable_date(bar.label, strings))
        self.count = escape(strings.number(bar.count))
        self.url = escape(rel(bar.url)) if bar.url else ""


def _shape(left: int, width: int, high: int, current: bool) -> str:
    """Rectangles of one bar, all in thousandths of a percent: one to point at, one to see."""
    high = max(high, 1_500)
    gap = max(min(width // 6, 300), (width - _WIDEST) // 2)
    return (
        f'<rect class="spot" x="{_percent(left)}" width="{_percent(width)}" height="100%"/>'
        f'<rect class="{"bar on" if current else "bar"}" x="{_percent(left + gap)}" y="{_percent(100_000 - high)}"'
        f' width="{_percent(width - 2 * gap)}" height="{_percent(high)}"/>'
    )


def _percent(thousandths: int) -> str:
    return f"{thousandths / 1000:g}%"


def _articles(count: int, strings: Strings) -> Markup:
    return escape(strings.plural(count, "{n} article", "{n} articles"))


def _labels(labels: Sequence[str], y: int, strings: Strings) -> list[str]:
    """Names under the axis, eight or so; every second one carries `minor`, to be dropped where room is short."""
    places = _label_places(labels)
    parts: list[str] = []
    for rank, index in enumerate(places):
        label = labels[index]
        one_year = len(label) > 4 and labels[0][:4] == labels[-1][:4]
        text = month_name(int(label[5:7]), strings, short=True) if one_year else label[:4].lstrip("0")
        middle = (2 * index + 1) * 50_000 // len(labels)
        anchor = "start" if middle < 3_000 else "end" if middle > 97_000 else "middle"
        at = 0 if anchor == "start" else 100_000 if anchor == "end" else middle
        minor = ' class="minor"' if rank % 2 else ""
        parts.append(f'<text{minor} x="{_percent(at)}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>\n')
    return parts


def _label_places(labels: Sequence[str]) -> list[int]:
    monthly = len(labels[0]) > 4
    if monthly and labels[0][:4] == labels[-1][:4]:
        return list(range(len(labels)))
    if monthly:
        starts = [index for index, label in enumerate(labels) if label[5:7] == "01"] or [0]
        return starts[:: -(-len(starts) // _LABELS)]
    for step in (1, 2, 5, 10, 20, 25, 50, 100):
        places = [index for index, label in enumerate(labels) if label.isdigit() and int(label) % step == 0]
        if len(places) <= _LABELS:
            return places
    return []


def _table(rows: Sequence[_Row], caption: str, strings: Strings) -> str:
    lines: list[str] = []
    for row in rows:
        name = f'<a href="{row.url}">{row.date}</a>' if row.url else row.date
        lines.append(f'<tr><th scope="row">{name}</th><td>{row.count}</td></tr>\n')
    return (
        f'<details class="behind"><summary>{escape(strings.text("As a table"))}</summary>\n<div class="columns"><table>'
        f'<caption class="vh">{escape(caption)}</caption>\n<thead class="vh"><tr>'
        f'<th scope="col">{escape(strings.text("Date"))}</th><th scope="col">{escape(strings.text("Articles"))}</th>'
        f"</tr></thead>\n<tbody>\n{''.join(lines)}</tbody></table></div></details>\n"
    )


def _month_table(
    years: Sequence[Bar], months: Sequence[Bar], caption: str, strings: Strings, rel: Callable[[str], str]
) -> str:
    """A line for each year, a column for each month, with sums: those hold what is known by the year alone."""
    counts = {bar.label: bar.count for bar in months}
    heads = "".join(
        f'<th scope="col"><abbr title="{escape(month_name(month, strings))}">'
        f"{escape(month_name(month, strings, short=True))}</abbr></th>"
        for month in range(1, 13)
    )
    lines: list[str] = []
    for year in years:
        if not year.count:
            continue
        row = _Row(year, strings, rel)
        name = f'<a href="{row.url}">{row.date}</a>' if row.url else row.date
        cells = (counts.get(f"{year.label}-{month:02d}", 0) for month in range(1, 13))
        told = "".join(f"<td>{escape(strings.number(count)) if count else ''}</td>" for count in cells)
        lines.append(f'<tr><th scope="row">{name}</th>{told}<td class="sum">{row.count}</td></tr>\n')
    return (
        f'<details class="behind"><summary>{escape(strings.text("As a table"))}</summary>\n'
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table class="months">'
        f'<caption class="vh">{escape(caption)}</caption>\n<thead><tr><th scope="col">'
        f'{escape(strings.text("Year"))}</th>{heads}<th scope="col">{escape(strings.text("All"))}</th></tr></thead>\n'
        f"<tbody>\n{''.join(lines)}</tbody></table></div></details>\n"
    )
