"""What the platform says later about a message that it had accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.outbox import note_failed_delivery, note_failed_notice
from bot.store.reader_channels import close_channel
from bot.wechat.pushes import DeliveryReport, SentReport

NOTICE = "notice"
REPORTED_WITHIN = timedelta(minutes=5)
BLOCKED = 43101
"""Noted for a reader whose phone refuses our messages: the report has words and no code."""

log = structlog.get_logger(__name__)


def record_report(db: Database, early: EarlyReports, report: DeliveryReport, now: datetime) -> None:
    """Write that a message did not arrive; good news needs no row."""
    if report.status == "success":
        return
    early.keep(report.message_id, report.status)  # first: its sender may be about to settle it
    with db.writing() as tx:
        found = note_failed_delivery(tx, report.message_id, report.status, now)
        take_back(tx, found, report.status, now)
    if found:
        log.warning("notice_not_delivered", status=report.status)


def record_sent(db: Database, early: EarlyReports, report: SentReport, now: datetime) -> None:
    """Write that a subscription notice did not arrive.

    Its sending gave no number: it is the latest that this reader was sent in the minutes before the report.
    """
    if report.code == 0:
        return
    status = f"{report.code} {report.status}"
    early.keep_for(report.openid, status)  # first: its sender may be about to settle it
    with db.writing() as tx:
        found = note_failed_notice(tx, report.openid, NOTICE, status, report.sent_at - REPORTED_WITHIN, now)
        take_back(tx, found, status, now)
    if found:
        early.take_for(report.openid)
        log.warning("notice_not_delivered", status=status)


def take_back(tx: Connection, failed: Sequence[tuple[int, str]], status: str, now: datetime) -> None:
    """Close the way for readers who block it, given the readers and channels of the notices that failed."""
    if not any(word in status for word in ("block", "refuse", str(BLOCKED))):
        return
    for reader_id, channel in failed:
        close_channel(tx, reader_id, channel, BLOCKED, now)
