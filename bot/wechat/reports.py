"""What the platform says later about a message that it had accepted."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.services.notices import note_undelivered
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.wechat.pushes import DeliveryReport, SentReport

log = structlog.get_logger(__name__)


def record_report(db: Database, early: EarlyReports, report: DeliveryReport, now: datetime) -> None:
    """Write that a message did not arrive; good news needs no row."""
    if report.status == "success":
        return
    early.keep(report.message_id, report.status)  # first: its sender may be about to settle it
    with db.writing() as tx:
        if note_undelivered(tx, report.message_id, report.status, now):
            log.warning("notice_not_delivered", status=report.status)


def record_sent(db: Database, early: EarlyReports, report: SentReport, now: datetime) -> None:
    """Write that a subscription notice did not arrive; one without a number of the platform matches nothing."""
    if report.code == 0 or report.message_id is None:
        return
    status = f"{report.code} {report.status}"
    early.keep(report.message_id, status)
    with db.writing() as tx:
        if note_undelivered(tx, report.message_id, status, now):
            log.warning("notice_not_delivered", status=status)
