"""How charts are drawn: shapes by matplotlib without its global state, letters by the one font of all that we draw.

matplotlib reads of a font of several faces and variable weight the first face at its thinnest only: Japanese forms,
hardly to be seen in print. Pillow reads the simplified ones at any weight, so it puts the letters on the drawn shapes.
All measures are millimetres on paper. For printers without colour: two patterns, and at every bar its number.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from PIL import Image, ImageDraw

from bot.reports.charts import WIDTH_MM, Bar, Chart
from bot.reports.lettering import BOLD, REGULAR, drawable, font_of
from bot.texts import charts as words

DPI = 240
_PER_MM = DPI / 25.4
_PER_POINT = DPI / 72
_SHADES = 8
_PAPER, _INK, _FAINT, _GREEN, _RED, _STONE = "#ffffff", "#22282b", "#5b6468", "#0f4c4a", "#9c2a20", "#cdc6b4"
_TEXT, _SMALL, _SMALLEST = 9.0, 7.5, 6.5  # points
_KEPT = 16
_BREAK_FROM, _BREAK_AT, _BROKEN_SHARE = 7.0, 1.6, 0.2
_FEW, _MOST_BROKEN = 5, 2
_LONGEST_LABEL = 46.0
_HEAD, _LINE, _BARS_HEIGHT = 8.0, 3.7, 49.0


@lru_cache(_KEPT)
def draw_chart(chart: Chart) -> bytes:
    """A chart as PNG of `WIDTH_MM` at `DPI`; the report for all and that for everybody mostly have the same ones."""
    sheet = _lying(chart) if chart.lies else _standing(chart)
    return sheet.as_png()


@dataclass(frozen=True, slots=True)
class _Words:
    """Letters at a place; `anchor` as Pillow has it; `turned`: from bottom to top."""

    x: float
    y: float
    text: str
    size: float
    anchor: str
    colour: str
    weight: int
    turned: bool


@dataclass
class _Sheet:
    """A piece of paper so many millimetres high; 0 is its upper left corner."""

    height: float
    figure: Figure = field(init=False)
    letters: list[_Words] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH_MM / 25.4, self.height / 25.4), dpi=DPI, facecolor=_PAPER)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH_MM)
        self._axes.set_ylim(self.height, 0)
        self._axes.set_axis_off()

    def box(
        self, x: float, y: float, width: float, height: float, fill: str = _GREEN, *, hatched: bool = False
    ) -> None:
        """A bar or a part of one."""
        patch = Rectangle(
            (x, y),
            width,
            height,
            facecolor=_PAPER if hatched else fill,
            edgecolor=_GREEN,
            linewidth=0.7,
            hatch="/////" if hatched else None,
        )
        patch.set_hatch_linewidth(0.8)
        self._axes.add_patch(patch)

    def gap(self, corners: Sequence[tuple[float, float]]) -> None:
        """Where a bar is broken: paper between two strokes, from the first corner to the second and from there on."""
        self._axes.add_patch(Polygon(corners, closed=True, facecolor=_PAPER, edgecolor=_PAPER, linewidth=0))
        for one, other in (corners[:2], corners[2:]):
            self.line(*one, *other, 0.7)

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float = 0.6) -> None:
        """A stroke in ink."""
        self._axes.plot((x, to_x), (y, to_y), color=_INK, linewidth=width, solid_capstyle="butt")

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float = _TEXT,
        anchor: str = "lm",
        *,
        colour: str = _INK,
        weight: int = REGULAR,
        turned: bool = False,
    ) -> None:
        """Letters above all shapes."""
        self.letters.append(_Words(x, y, text, size, anchor, colour, weight, turned))

    def as_png(self) -> bytes:
        """The sheet, with a palette of few colours: a tenth of the size, and nothing to see of it. No dates in it."""
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        drawn: memoryview = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        with Image.frombytes("RGBA", canvas.get_width_height(), drawn.tobytes()) as shapes:
            image = shapes.convert("RGB")
        self.figure.clear()
        for each in self.letters:
            _put(image, each)
        written = io.BytesIO()
        image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(written, "PNG", dpi=(DPI, DPI))
        return written.getvalue()


@lru_cache(1)
def _palette() -> Image.Image:
    """Our few colours, and what lies between each and the paper at the edges of letters."""
    mixed: list[int] = []
    for colour in (_INK, _FAINT, _GREEN, _RED, _STONE):
        parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        mixed += [255 - (255 - part) * shade // _SHADES for shade in range(_SHADES + 1) for part in parts]
    palette = Image.new("P", (1, 1))
    palette.putpalette(mixed)
    return palette


def _put(image: Image.Image, said: _Words) -> None:
    font = font_of(round(said.size * _PER_POINT), said.weight)
    place = (said.x * _PER_MM, said.y * _PER_MM)
    if not said.turned:
        ImageDraw.Draw(image).text(place, said.text, said.colour, font, said.anchor)
        return
    left, top, right, bottom = font.getbbox(said.text)
    mask = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), said.text, 255, font)
    mask = mask.transpose(Image.Transpose.ROTATE_90)
    corner = (round(place[0] - mask.width / 2), round(place[1] - mask.height))
    image.paste(said.colour, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)


def _width(text: str, size: float, weight: int = REGULAR) -> float:
    return font_of(round(size * _PER_POINT), weight).getlength(text) / _PER_MM


# --- bars ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scale:
    """Numbers to millimetres. What is above `limit` is broken, and as long as the space allows."""

    limit: float
    space: float

    def length(self, number: float) -> float:
        """Something is never nothing."""
        if number > self.limit:
            return self.space
        return max(self.space * number / self.limit, 0.4 if number else 0.0)

    def is_broken(self, number: float) -> bool:
        """Whether a bar of this number is cut short."""
        return number > self.limit


def _scale(chart: Chart, space: float) -> _Scale:
    """A few bars many times as long as all others are broken, so that these can be told apart."""
    numbers = sorted((bar.number for bar in chart.bars), reverse=True)
    limit = numbers[0]
    if chart.may_break:
        for more, less in pairwise(numbers[: (_MOST_BROKEN if len(numbers) > _FEW else 1) + 1]):
            if less and more > _BREAK_FROM * less:
                limit = round(_BREAK_AT * less)
    return _Scale(limit, space)


def _peak(chart: Chart) -> int | None:
    """The number that stands out; none where two are the same, or where bars are not of one kind."""
    numbers = sorted((bar.number for bar in chart.bars if not bar.is_rest), reverse=True)
    return numbers[0] if chart.may_break and numbers[0] > max(numbers[1:], default=0) else None


def _write_number(
    sheet: _Sheet, chart: Chart, bar: Bar, x: float, y: float, size: float, anchor: str, **how: bool
) -> None:
    is_peak = bar.number == _peak(chart) and not bar.is_rest
    colour, weight = (_RED, BOLD) if is_peak else (_INK, REGULAR)
    sheet.write(x, y, words.number(bar.number, bar.unit), size, anchor, colour=colour, weight=weight, **how)


def _head(sheet: _Sheet, chart: Chart, scale: _Scale) -> None:
    """What the bars are counted in, and what their patterns mean."""
    is_broken = any(scale.is_broken(bar.number) for bar in chart.bars)
    if chart.unit:
        sheet.write(0.5, 3.2, words.unit_note(chart.unit, is_broken=is_broken), _SMALL, colour=_FAINT)
    exhibitions = sum(bar.exhibitions for bar in chart.bars)
    if not exhibitions:
        return
    x = WIDTH_MM - 0.5
    rest = sum(bar.number for bar in chart.bars) - exhibitions
    for name, number, hatched in ((words.EXHIBITIONS, exhibitions, True), (words.ALL_ELSE, rest, False)):
        said = words.legend(name, number)
        sheet.write(x, 3.2, said, _SMALL, "rm")
        x -= _width(said, _SMALL) + 5.5
        sheet.box(x, 1.8, 4, 2.8, hatched=hatched)
        x -= 4


def _standing(chart: Chart) -> _Sheet:
    """Bars side by side on a line, with their labels below."""
    count = len(chart.bars)
    base = _HEAD + _BARS_HEIGHT
    sheet = _Sheet(base + 1.8 + _LINE * max(len(bar.labels) for bar in chart.bars))
    step = min((WIDTH_MM - 2) / count, 30.0)
    left = (WIDTH_MM - step * count) / 2
    longest = max(_width(words.number(bar.number), _TEXT, BOLD) for bar in chart.bars)
    size = next((size for size in (_TEXT, _SMALL, _SMALLEST) if longest * size / _TEXT < step - 0.6), None)
    above = 5.0 if size else longest * _SMALL / _TEXT + 2.5
    scale = _scale(chart, base - _HEAD - above)
    _head(sheet, chart, scale)
    width = min(0.64 * step, 15.0)
    wide = max(_width(line, _TEXT) for bar in chart.bars for line in bar.labels)
    label = next((size for size in (_TEXT, _SMALL) if wide * size / _TEXT < step - 1.0), _SMALLEST)
    for at, bar in enumerate(chart.bars):
        middle = left + step * (at + 0.5)
        length = scale.length(bar.number)
        _upright(sheet, bar, scale, middle - width / 2, base, width)
        if not bar.is_ahead:
            y = base - length - (2.6 if size else 1.0)
            _write_number(sheet, chart, bar, middle, y, size or _SMALL, "mm", turned=size is None)
        for line, text in enumerate(bar.labels):
            sheet.write(middle, base + 2.6 + _LINE * line, drawable(text), label, "mm", colour=_FAINT if line else _INK)
    sheet.line(left, base, left + step * count, base)
    return sheet


def _fill(bar: Bar) -> str:
    return _STONE if bar.is_rest else _GREEN


def _upright(sheet: _Sheet, bar: Bar, scale: _Scale, x: float, base: float, width: float) -> None:
    length = scale.length(bar.number)
    if not length:
        return
    share = bar.exhibitions / bar.number
    rest = length * (1 - share)
    if share < 1:
        sheet.box(x, base - rest, width, rest, _fill(bar))
    if share:
        sheet.box(x, base - length, width, length - rest, hatched=True)
    if scale.is_broken(bar.number):
        y = base - length * (1 - _BROKEN_SHARE / 2)
        left, right = x - 0.6, x + width + 0.6
        sheet.gap([(left, y + 1.6), (right, y + 0.2), (right, y - 1.0), (left, y + 0.4)])


def _lying(chart: Chart) -> _Sheet:
    """Bars below each other, with their labels on the left."""
    count = len(chart.bars)
    row = 8.0 if count <= 12 else 6.6 if count <= 20 else 5.8
    head = _HEAD if chart.unit else 1.0
    sheet = _Sheet(head + row * count + 1.5)
    size = _TEXT if count <= 20 else _SMALL + 0.5
    labels = [_shortened(drawable(bar.labels[0]), size) for bar in chart.bars]
    left = max(_width(label, size) for label in labels) + 2
    numbers = max(_width(words.number(bar.number, bar.unit), size, BOLD) for bar in chart.bars) + 2
    scale = _scale(chart, WIDTH_MM - left - numbers - 1)
    _head(sheet, chart, scale)
    for at, (bar, label) in enumerate(zip(chart.bars, labels, strict=True)):
        middle = head + row * (at + 0.5)
        sheet.write(left - 1.5, middle, label, size, "rm")
        _along(sheet, bar, scale, left, middle - 0.31 * row, 0.62 * row)
        _write_number(sheet, chart, bar, left + scale.length(bar.number) + 1.5, middle, size, "lm")
    sheet.line(left, head, left, head + row * count)
    return sheet


def _along(sheet: _Sheet, bar: Bar, scale: _Scale, x: float, y: float, height: float) -> None:
    length = scale.length(bar.number)
    if not length:
        return
    share = bar.exhibitions / bar.number
    rest = length * (1 - share)
    if share < 1:
        sheet.box(x, y, rest, height, _fill(bar))
    if share:
        sheet.box(x + rest, y, length - rest, height, hatched=True)
    if scale.is_broken(bar.number):
        at = x + length * (1 - _BROKEN_SHARE / 2)
        top, bottom = y - 0.5, y + height + 0.5
        sheet.gap([(at, bottom), (at + 1.4, top), (at + 2.6, top), (at + 1.2, bottom)])


def _shortened(label: str, size: float) -> str:
    """A name too long for its column without its middle: what tells branches apart stands at the end."""
    if _width(label, size) <= _LONGEST_LABEL:
        return label
    kept = len(label) - 1
    while kept > 2 and _width(label[: kept // 3] + "…" + label[-(kept - kept // 3) :], size) > _LONGEST_LABEL:
        kept -= 1
    return label[: kept // 3] + "…" + label[-(kept - kept // 3) :]
