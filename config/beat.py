"""When what runs: (task, seconds between runs). Every task looks at the database and does what is due, so a missed run
is made good by the next, and two schedulers do no harm.
"""

from __future__ import annotations

SCHEDULE: tuple[tuple[str, float], ...] = (
    ("tasks.delivery.deliver_urgent", 1.0),
    ("tasks.delivery.deliver_bulk", 2.0),
    ("tasks.delivery.mark_lost", 60.0),
    ("tasks.reminders.queue_due", 20.0),
    ("tasks.reports.close_due", 120.0),
    ("tasks.standing.settle_due", 300.0),
    ("tasks.standing.strip_standing", 3600.0),
    ("tasks.upkeep.expire_holds", 15.0),
    ("tasks.upkeep.expire_offers", 15.0),
    ("tasks.upkeep.expire_pending", 60.0),
    ("tasks.upkeep.release_seats", 20.0),
    ("tasks.lotteries.draw_due", 15.0),
    ("tasks.account.probe_account", 5.0),
    ("tasks.screens.make_scene_codes", 5.0),
    ("tasks.menus.keep_menus", 10.0),
    ("tasks.tickets.send_pictures", 2.0),
    ("tasks.photos.fetch_photos", 30.0),
    ("tasks.posters.renew_poster_codes", 3600.0),
    ("tasks.upkeep.rebuild_banners", 60.0),
    ("tasks.upkeep.beat_heart", 10.0),
    ("tasks.upkeep.finish_farewells", 20.0),
    ("tasks.upkeep.sweep_inbox", 600.0),
    ("tasks.upkeep.sweep_sessions", 3600.0),
    ("tasks.upkeep.strip_expired_data", 3600.0),
    ("tasks.upkeep.scrub_files", 600.0),
)
