"""Scene QRs that were made for posters: what each holds, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.wechat_tables import scene_qr


@dataclass(frozen=True, slots=True)
class SceneQr:
    """One code. `expires_at`: none for a permanent one."""

    scene: str
    url: str
    expires_at: datetime | None


def find_scene_qrs(tx: Connection, scenes: Sequence[str]) -> dict[str, SceneQr]:
    """The codes of these scenes that were made, expired or not."""
    columns = (scene_qr.c.scene, scene_qr.c.url, scene_qr.c.expires_at)
    rows = tx.execute(select(*columns).where(scene_qr.c.scene.in_(scenes)))
    return {row.scene: SceneQr(*row) for row in rows}


def list_temporary(tx: Connection) -> list[SceneQr]:
    """The temporary codes, those that end first at the head."""
    columns = (scene_qr.c.scene, scene_qr.c.url, scene_qr.c.expires_at)
    query = select(*columns).where(scene_qr.c.expires_at.is_not(None)).order_by(scene_qr.c.expires_at)
    return [SceneQr(*row) for row in tx.execute(query)]


def count_permanent(tx: Connection) -> int:
    """Permanent codes of ours; the platform allows 100,000 for each account."""
    return int(tx.execute(select(func.count()).where(scene_qr.c.expires_at.is_(None))).scalar_one())


def save_scene_qr(tx: Connection, code: SceneQr, now: datetime) -> None:
    """Keep the newest code of a scene; a permanent one is never replaced by a temporary one."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    values = {"url": code.url, "expires_at": code.expires_at, "made_at": now}
    insert = dialect.insert(scene_qr).values(scene=code.scene, **values)
    keeps = scene_qr.c.expires_at.is_not(None) if code.expires_at is not None else None
    tx.execute(insert.on_conflict_do_update(index_elements=["scene"], set_=values, where=keeps))


def drop_expired(tx: Connection, now: datetime) -> int:
    """Forget codes that lead nowhere any more; how many."""
    return tx.execute(scene_qr.delete().where(scene_qr.c.expires_at < now)).rowcount
