"""The report's charts, drawn for black-and-white printers too: every bar bears its number.

matplotlib without its global state (pyplot), so that charts can be drawn in several threads and leave nothing behind.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.summary import Summary
from bot.reports.chart_font import chart_font
from bot.reports.document import Picture
from bot.reports.lettering import drawable
from bot.texts import charts as words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

WIDTH_MM = 150
_DPI = 200
_COLOURS = 32
_INCH_MM = 25.4
_GREEN, _INK, _GRID = "#0f4c4a", "#2f383c", "#d9d2c0"
_FEWEST_PERSONS = 5
_LONGEST_NAME = 12
_MOST_LABELLED = 16
_MOST_UPRIGHT = 60  # letters of all labels side by side
_HIGHEST_MM = 190


@dataclass(frozen=True, slots=True)
class Chart:
    """Labels and numbers; `lies`: bars from left to right, for long labels."""

    title: str
    bars: tuple[tuple[str, int], ...]
    lies: bool = False


def draw_charts(summary: Summary, *, public: bool = False) -> tuple[Picture, ...]:
    """The charts that have something to show, numbered in order.

    `public`: without those that would show a count of fewer than five persons.
    """
    charts = [chart for chart in _charts_of(summary) if any(number for _, number in chart.bars)]
    if public:
        charts = [chart for chart in charts if not any(0 < number < _FEWEST_PERSONS for _, number in chart.bars)]
    letters = "".join(
        label for chart in charts for label, _ in chart.bars
    )  # one font for all: cutting it takes longest
    return tuple(_draw(chart, at, letters) for at, chart in enumerate(charts, 1))


def _charts_of(summary: Summary) -> list[Chart]:
    by_day = [(words.day_label(part.day), part.figures.counts.person_times) for part in summary.days if part.day]
    by_library = [(part.library.name, part.own.counts.person_times) for part in summary.libraries]
    by_library = [(name, number) for name, number in by_library if number or len(by_library) <= _MOST_LABELLED]
    hours: Counter[int] = Counter()
    for hour, people in summary.arrivals:
        hours[hour.hour] += people
    span = range(min(hours), max(hours) + 1) if hours else ()
    counts = summary.total.counts
    charts = [
        Chart(words.BY_DAY, tuple(by_day)),
        Chart(words.BY_LIBRARY, tuple(by_library), lies=True),
        Chart(words.ARRIVALS, tuple((words.hour_label(hour), hours[hour]) for hour in span)),
    ]
    if counts.registered_people:
        steps = (
            (words.SIGNED_UP, counts.registered_people),
            (words.CAME, counts.checked_in_people),
            (words.RATED, counts.ratings),
        )
        charts.append(Chart(words.FUNNEL, steps, lies=True))
    # One bar shows nothing that a number does not.
    return [chart for chart in charts if len(chart.bars) > 1]


def _draw(chart: Chart, number: int, letters: str) -> Picture:
    # Only here: half a second and tens of megabytes, which web and chat need not carry.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=chart_font(letters))
    height = _height_mm(chart)
    figure = Figure(figsize=(WIDTH_MM / _INCH_MM, height / _INCH_MM), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if chart.lies:
        _lying_bars(axes, chart, font)
    else:
        _standing_bars(axes, chart, font)
    caption = words.caption(number, chart.title)
    return Picture(_as_png(figure), words.alternative(chart.title, chart.bars), caption, WIDTH_MM)


def _as_png(figure: Figure) -> bytes:
    """With a palette of few colours: a tenth of the size, and nothing to see of it."""
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    drawn.seek(0)
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(_COLOURS).save(small, "PNG", optimize=True, dpi=(_DPI, _DPI))
    return small.getvalue()


def _height_mm(chart: Chart) -> float:
    """No chart is higher than a page leaves room for with its caption."""
    return min(max(34, 8 * len(chart.bars) + 12), _HIGHEST_MM) if chart.lies else 70


def _standing_bars(axes: Axes, chart: Chart, font: FontProperties) -> None:
    numbers = [number for _, number in chart.bars]
    places = range(len(numbers))
    axes.bar(places, numbers, width=0.62, color=_GREEN, edgecolor=_INK, linewidth=0.6)
    small = _sized(font, 9 if len(numbers) <= _MOST_LABELLED else 7)
    axes.set_xticks(list(places), [_short(label) for label, _ in chart.bars], fontproperties=small)
    if sum(len(label) for label, _ in chart.bars) > _MOST_UPRIGHT:
        axes.tick_params(axis="x", labelrotation=45)
    for place, number in zip(places, numbers, strict=True):
        axes.annotate(
            f"{number:,}",
            (place, number),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontproperties=small,
            color=_INK,
        )
    axes.set_ylim(0, max(numbers) * 1.15)
    axes.set_yticks([])
    _plain(axes, ("top", "right", "left"))


def _lying_bars(axes: Axes, chart: Chart, font: FontProperties) -> None:
    numbers = [number for _, number in chart.bars]
    places = range(len(numbers))
    axes.barh(places, numbers, height=0.58, color=_GREEN, edgecolor=_INK, linewidth=0.6)
    small = _sized(font, 9.5)
    axes.set_yticks(list(places), [_short(label) for label, _ in chart.bars], fontproperties=small)
    axes.set_ylim(len(numbers) - 0.5, -0.5)
    for place, number in zip(places, numbers, strict=True):
        axes.annotate(
            f"{number:,}",
            (number, place),
            (4, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontproperties=small,
            color=_INK,
        )
    axes.set_xlim(0, max(numbers) * 1.15)
    axes.set_xticks([])
    _plain(axes, ("top", "right", "bottom"))


def _plain(axes: Axes, off: Sequence[str]) -> None:
    for side in off:
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(_INK)
    axes.tick_params(length=0, colors=_INK)


def _sized(font: FontProperties, size: float) -> FontProperties:
    other: Any = font.copy()
    other.set_size(size)
    sized: FontProperties = other
    return sized


def _short(label: str) -> str:
    said = drawable(label)
    return said if len(said) <= _LONGEST_NAME else said[: _LONGEST_NAME - 1] + "…"
