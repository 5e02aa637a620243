"""A report as files, from its material: the document and its tables, and both again as they may be shown to anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.report_material import Material

REPORT, TABLES, TEXT = "report.docx", "report.xlsx", "report.txt"
PUBLIC, PUBLIC_TABLES = "public.docx", "public.xlsx"
FILES = (REPORT, TABLES, TEXT, PUBLIC, PUBLIC_TABLES)
"""Names of the files of every version."""

Progress = Callable[[str, int, int], None]
"""Is told what is begun (a name of `FILES`, `tables` or `charts`), and how many of how many steps are done."""

_STEPS = ("tables", "charts", *FILES)


def silently(_step: str, _done: int, _of: int) -> None:
    """Nobody watches."""


def draw_report(material: Material, progress: Progress = silently) -> Mapping[str, bytes]:
    """The files of a report by name. The same material gives the same words, whenever it is drawn."""
    # Only here: the libraries for charts and documents take memory that only those who draw should pay.
    from bot.domain.report_style import read_style
    from bot.reports.charts import draw_charts
    from bot.reports.docx_report import write_docx
    from bot.reports.plain_text import write_text
    from bot.reports.report_text import write_report
    from bot.reports.tables import list_tables
    from bot.reports.workbook import write_workbook

    def begin(step: str) -> None:
        progress(step, _STEPS.index(step), len(_STEPS))

    summary, style = material.summary, read_style(material.wording)
    begin("tables")
    tables = list_tables(summary, material.national)
    public_tables = list_tables(summary, material.national, public=True)
    begin("charts")
    charts, public_charts = draw_charts(summary), draw_charts(summary, public=True)
    document = write_report(summary, style, material.slots, tables=tables, charts=charts, photos=material.photos)
    # Without what people wrote: it may name somebody, and nobody but its writer can tell.
    public = write_report(summary, style, {}, tables=public_tables, charts=public_charts, public=True)
    files: dict[str, bytes] = {}
    made: tuple[tuple[str, Callable[[], bytes]], ...] = (
        (REPORT, lambda: write_docx(document)),
        (TABLES, lambda: write_workbook(tables, title=document.title, made_at=summary.made_at)),
        (TEXT, lambda: write_text(document).encode()),
        (PUBLIC, lambda: write_docx(public)),
        (PUBLIC_TABLES, lambda: write_workbook(public_tables, title=public.title, made_at=summary.made_at)),
    )
    for name, write in made:
        begin(name)
        files[name] = write()
    progress("", len(_STEPS), len(_STEPS))
    return files
