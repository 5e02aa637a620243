"""The home page, the privacy notice, the files that pages need, and the wiring of all pages."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, render_template
from redis import Redis

from bot.domain.clock import Clock, utc_now
from bot.domain.diagnosis import Deployment
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.libraries import find_account_library
from bot.store.pii import Keys
from bot.store.scene_codes import SceneCodes
from bot.texts.consent import GUARDIAN_VERSION, PRIVACY_VERSION
from bot.web.assets import asset
from bot.web.compression import squeeze
from bot.web.context import PageContext, SignPage, WeChatPages, install_context, page_context
from bot.web.errors import register_error_pages
from bot.web.guessing import GuessBrake
from bot.web.headers import add_security_headers
from bot.web.health import health
from bot.web.joining import joining
from bot.web.live import SEATS, Hub, install_hub
from bot.web.lotteries import lotteries
from bot.web.metrics import RequestMetrics, measure_requests
from bot.web.my_data import my_data
from bot.web.notice_consent import notice_consent
from bot.web.once import once
from bot.web.paper import paper
from bot.web.parts import part_url, parts
from bot.web.poster_desk import PosterDesk
from bot.web.posters import posters
from bot.web.reader_entry import reader_entry
from bot.web.reader_pages import reader_pages
from bot.web.reader_session import guard_readers
from bot.web.scanner import scanner
from bot.web.sign_in import sign_in
from bot.web.staff_account import staff_account
from bot.web.staff_api import staff_api
from bot.web.staff_people import staff_people
from bot.web.staff_reports import staff_reports
from bot.web.staff_session import guard_staff
from bot.web.staff_tallies import LARGEST_PHOTO, staff_tallies
from bot.web.staff_unreached import staff_unreached
from bot.web.ticket_check_in import ticket_check_in
from bot.web.tickets import tickets
from bot.web.venues import venues
from bot.web.worker import decoder_url, worker

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/assets")


def register_pages(
    app: Flask,
    *,
    db: Database,
    redis: Redis,
    keys: Keys,
    public_url: str,
    contact: str = "",
    account_name: str = "",
    clock: Clock = utc_now,
    metrics_token: str | None = None,
    metrics_folder: str | None = None,
    live_seats: int = SEATS,
    sign_page: SignPage | None = None,
    deployment: Deployment | None = None,
    capabilities: Capabilities | None = None,
    wechat: WeChatPages | None = None,
    poster_desk: PosterDesk | None = None,
) -> RequestMetrics:
    """Add all pages, error pages, headers and request counts to the application.

    `public_url`: where readers reach us; `contact`: the library's line for questions, `account_name`: what readers
    look for in WeChat, both may be empty; `metrics_token`: lets a collector elsewhere read /metrics; `metrics_folder`:
    shared by several web processes (bot.web.metrics); `live_seats`: open streams in this process;
    `sign_page`: signs pages that use WeChat's own scanner; `wechat`: what pages opened in WeChat may use, which
    `capabilities` decide; `deployment`: what the settings say, for the diagnosis;
    `poster_desk`: finds codes for posters and keeps them drawn.
    Returns the counts, for what is answered in front of Flask.
    """
    metrics = RequestMetrics(metrics_folder)
    brake = GuessBrake(redis, keys)
    context = (db, redis, keys, clock, public_url.rstrip("/"), metrics, metrics_token, brake, SceneCodes(redis))
    desk = poster_desk or PosterDesk(account_name=account_name, contact=contact)
    known = (deployment or Deployment(), capabilities or Capabilities(), wechat, desk)
    install_context(app, PageContext(*context, sign_page, *known))
    install_hub(app, Hub(db, clock, seats=live_seats, count=metrics.count_streams))
    measure_requests(app, metrics)
    add_security_headers(app, https=public_url.startswith("https://"))
    register_error_pages(app)
    guard_staff(app, without_session=("sign_in.enter",), larger={"staff_tallies.add_photo": LARGEST_PHOTO})
    guard_readers(app, without_session=("reader_entry.enter",))
    for_readers = (pages, parts, tickets, venues, lotteries, my_data, joining)
    of_staff = (staff_people, staff_account, staff_unreached, posters, staff_reports, staff_tallies)
    for_staff = (sign_in, *of_staff, paper, staff_api, scanner, worker, ticket_check_in)
    for_known_readers = (reader_entry, reader_pages, once, notice_consent)
    for blueprint in (*for_readers, *for_known_readers, *for_staff, health):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        asset=asset, part_url=part_url, decoder_url=decoder_url, contact=contact, account_name=account_name
    )
    return metrics


@pages.get("/")
def home() -> Response:
    """What this is and how to begin."""
    return Response(render_template("home.html", library=_library()))


@pages.get("/privacy")
def privacy() -> Response:
    """The privacy notice that the chat links to (library-domain P2, P4)."""
    return Response(render_template("privacy.html", library=_library(), version=PRIVACY_VERSION))


@pages.get("/privacy/children")
def children() -> Response:
    """The rules for children's data, linked from the guardian's consent question (library-domain P4; CPR Art. 8-10)."""
    return Response(render_template("children.html", library=_library(), version=GUARDIAN_VERSION))


@pages.after_request
def _keep_assets(response: Response) -> Response:
    if response.direct_passthrough and response.status_code == 200:  # a file; its address changes with its content
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        # In one piece: sent in many, a large file keeps a thread of the server as long as its slowest reader takes.
        response.direct_passthrough = False
        response.make_sequence()
        return squeeze(response)
    return response


def _library() -> str | None:
    with page_context().db.reading() as tx:
        return find_account_library(tx)
