"""Temporary media: uploaded by the account or sent by a person, gone after three days."""

import secrets
import sqlite3

from bot.sandbox.database import Database

LIFETIME_SECONDS = 3 * 24 * 3600
IMAGE_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


def picture_type(content: bytes) -> str | None:
    """The content type of a picture by its first bytes, None if it is none that WeChat takes."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in IMAGE_TYPES.items() if content.startswith(magic)), None)


def add_media(db: Database, kind: str, content_type: str, content: bytes, now: float) -> str:
    """Keep a file for three days; give its media_id. Expired ones leave at the same time."""
    media_id = secrets.token_urlsafe(48)
    db.run(
        "INSERT INTO media (media_id, type, content_type, content, created_at) VALUES (?, ?, ?, ?, ?)",
        media_id,
        kind,
        content_type,
        content,
        now,
    )
    db.run("DELETE FROM media WHERE created_at <= ?", now - LIFETIME_SECONDS)
    return media_id


def find_media(db: Database, media_id: str, now: float) -> sqlite3.Row | None:
    """The file, or None if unknown or expired."""
    return db.row("SELECT * FROM media WHERE media_id = ? AND created_at > ?", media_id, now - LIFETIME_SECONDS)
