"""axe-core on a page: what keeps people with a screen reader or a keyboard out."""

from __future__ import annotations

from playwright.sync_api import Page

from bot.web.parts import INSTALLED

_RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then((found) => found.violations
  .filter((fault) => ["serious", "critical"].includes(fault.impact))
  .flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)}`)))"""


def serious_faults(page: Page) -> list[str]:
    """The serious and critical faults, each with the element that has it."""
    page.evaluate((INSTALLED / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))  # not by an element: CSP forbids
    return [str(fault) for fault in page.evaluate(_RUN)]
