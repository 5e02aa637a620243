"""What the platform says later about a message that it had accepted."""

from __future__ import annotations

import structlog

from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.outbox import note_failed_delivery
from bot.wechat.pushes import DeliveryReport, SentReport

log = structlog.get_logger(__name__)


def record_report(db: Database, early: EarlyReports, report: DeliveryReport) -> None:
    """Write that a message did not arrive; good news needs no row."""
    if report.status == "success":
        return
    early.keep(report.message_id, report.status)  # first: its sender may be about to settle it
    with db.writing() as tx:
        if note_failed_delivery(tx, report.message_id, report.status):
            log.warning("notice_not_delivered", status=report.status)


def record_sent(db: Database, early: EarlyReports, report: SentReport) -> None:
    """Write that a subscription notice did not arrive; one without a number of the platform matches nothing."""
    if report.code == 0 or report.message_id is None:
        return
    status = f"{report.code} {report.status}"
    early.keep(report.message_id, status)
    with db.writing() as tx:
        if note_failed_delivery(tx, report.message_id, status):
            log.warning("notice_not_delivered", status=status)
