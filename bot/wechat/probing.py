"""Asking the platform what the account may do: one harmless call for each right, whose answer tells right from none.

Calls that would send something name nobody (an empty `touser`), the one that would make a code lacks its scene, the one
that would give a file asks for none that exists. Whatever shows that the arguments were read shows the right: 48001
belongs to the API as a whole. That the platform looks at the right first is our reading of its error list, promised
nowhere; should it not, the first call that is refused in earnest takes the right away, and such an answer does not give
it back for an hour (`bot.services.rights`).
A probe is eleven calls at most.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from redis import Redis

from bot.domain.capability import Capability, CapabilityState, Finding
from bot.services.rights import forget_rights, is_held_back, note_findings
from bot.store.capabilities import list_rights
from bot.store.database import Database
from bot.store.probes import DOUBTED_S, GOOD_FOR_S, TRY_AGAIN_S, find_answered, note_probed
from bot.store.quotas import Quotas
from bot.store.redis import RedisUnavailable
from bot.wechat.account import Account
from bot.wechat.errors import (
    Action,
    CircuitOpenError,
    GatewayError,
    NotReachedError,
    OutcomeUnknownError,
    QuotaSpentError,
    SlowDownError,
    WeChatError,
)
from bot.wechat.gateway import Gateway, Json, Watch

BUDGET_S = 30.0
"""No question is begun after this long: a platform that is slow is asked again in minutes."""

NOT_ASKED = "not asked"
NO_SECRET = "no WECHAT_SECRET is set"
_NOBODY = ""
_NO_FILE = "shuqian-asks-for-no-file"
_STOPPING = frozenset({Action.OPEN_CIRCUIT, Action.REFRESH_TOKEN})
_UNTOLD = _STOPPING | {Action.RETRY, Action.STOP_TODAY, Action.SLOW_DOWN}
_NO_NEWS = frozenset({Action.LOSE_RIGHT, Action.TELL_KEEPER})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One call. Without a body it is a GET."""

    capability: Capability
    api: str
    body: Json | None = None
    params: Mapping[str, str] = field(default_factory=dict)


QUESTIONS = (
    # Every account may ask for the platform's addresses (rights table, section 4): it needs a token and nothing else.
    Question(Capability.API, "get_api_domain_ip"),
    Question(Capability.MENU, "menu/get"),  # 46003: there is none yet
    Question(Capability.CUSTOMER_SERVICE, "message/custom/send", {"touser": _NOBODY, "msgtype": "text"}),
    Question(Capability.TAGS, "tags/get"),
    Question(Capability.MEDIA, "media/get", params={"media_id": _NO_FILE}),  # 40007
    Question(Capability.STAFF_MENU, "menu/trymatch", {"user_id": _NOBODY}),  # 40003, or 65303 without a menu
    Question(Capability.ONCE_MESSAGE, "message/template/subscribe", {"touser": _NOBODY}),
    # Without a scene there is nothing to make (40053). Should it be made all the same, it lives a minute and leads to
    # the account itself.
    Question(
        Capability.SCENE_QR,
        "qrcode/create",
        {"expire_seconds": 60, "action_name": "QR_STR_SCENE", "action_info": {"scene": {}}},
    ),
    Question(Capability.TEMPLATE, "template/get_all_private_template"),
    Question(Capability.NOTICE, "message/subscribe/bizsend", {"touser": _NOBODY}),
    Question(Capability.JS_SCAN, "ticket/getticket", params={"type": "jsapi"}),
)


class ProbeWatch:
    """The watch of a probe: its calls are counted and faults of the settings noted, as those of all others.

    What it is refused on purpose is no news: that this right is missing is for the probe to say, and that a template
    which was never named does not exist concerns nobody. `insists`: asks in spite of an open circuit, since somebody
    has just mended it.
    """

    def __init__(self, inner: Watch, quotas: Quotas, clock: Callable[[], datetime], *, insists: bool = False) -> None:
        self._inner, self._quotas, self._clock, self._insists = inner, quotas, clock, insists

    def before(self, api: str) -> None:
        """As for all others, unless it insists."""
        try:
            self._inner.before(api)
        except CircuitOpenError:
            if not self._insists:
                raise

    def after(self, api: str, error: WeChatError | None) -> None:
        """As for all others, but for what is no news."""
        if error is None or error.action not in _NO_NEWS:
            self._inner.after(api, error)
            return
        try:
            self._quotas.count(api, self._clock())
        except RedisUnavailable:
            return


def probe_account(
    db: Database,
    redis: Redis,
    account: Account,
    gateway: Gateway,
    *,
    oauth_on: bool,
    clock: Callable[[], datetime],
    doubts: bool = False,
) -> list[Finding]:
    """Ask everything and write it down; the findings whose state changed. Needs no worker.

    `doubts`: see `note_findings`; such a probe holds for an hour where it held a right back.
    """
    digest = account_digest(account)
    _forget_other_account(db, redis, digest, clock())
    if not account.secret:
        with db.writing() as tx:
            forget_rights(tx, clock(), NO_SECRET)
        _note(redis, digest, GOOD_FOR_S)
        return []
    findings = ask_all(gateway, oauth_on=oauth_on)
    with db.writing() as tx:
        before = {each.capability: each.state for each in list_rights(tx)}
        changed = note_findings(tx, findings, clock(), doubts=doubts)
    is_held = doubts and any(is_held_back(each, before.get(each.capability)) for each in findings)
    is_open = any(each.state is CapabilityState.UNKNOWN for each in findings)
    _note(redis, digest, TRY_AGAIN_S if is_open else DOUBTED_S if is_held else GOOD_FOR_S)
    for each in changed:
        log.info("right_changed", capability=each.capability.value, state=each.state.value, evidence=each.evidence)
    return changed


def ask_all(gateway: Gateway, *, oauth_on: bool, budget_s: float = BUDGET_S) -> list[Finding]:
    """What the platform says about every right. Sends nothing to anybody and raises nothing."""
    findings: dict[Capability, Finding] = {}
    until, stopped = time.monotonic() + budget_s, ""
    for question in QUESTIONS:
        if not stopped and time.monotonic() > until:
            stopped = "the platform is slow"
        if stopped:
            evidence = f"{NOT_ASKED}: {stopped}"
            findings[question.capability] = Finding(question.capability, CapabilityState.UNKNOWN, evidence)
            continue
        findings[question.capability], is_vain = _ask(gateway, question)
        if is_vain:
            stopped = findings[question.capability].evidence
    findings[Capability.JS_SCAN] = _judge_scan(findings)
    findings[Capability.OAUTH] = _judge_oauth(findings, oauth_on=oauth_on)
    return [findings[each] for each in Capability]


def account_digest(account: Account) -> str:
    """Tells one configured account from another."""
    return hashlib.sha256(account.appid.encode()).hexdigest()[:16]


def _ask(gateway: Gateway, question: Question) -> tuple[Finding, bool]:
    """The finding, and whether asking on would be in vain."""
    capability, api = question.capability, question.api
    try:
        gateway.call(api, question.body, params=question.params)
    except WeChatError as error:
        evidence = f"{api}: {error.code}"
        if error.action in _UNTOLD:
            return Finding(capability, CapabilityState.UNKNOWN, evidence, error.code), error.action in _STOPPING
        is_refused = error.action is Action.LOSE_RIGHT
        state = CapabilityState.REFUSED if is_refused else CapabilityState.GRANTED
        return Finding(capability, state, evidence, error.code), False
    except (NotReachedError, OutcomeUnknownError) as error:
        return _unanswered(question, error)
    except RedisUnavailable as error:
        return _unanswered(question, NotReachedError(f"Redis: {type(error).__name__}"))
    return Finding(capability, CapabilityState.GRANTED, f"{api}: ok"), False


def _unanswered(question: Question, error: GatewayError) -> tuple[Finding, bool]:
    evidence = f"{question.api}: no answer ({type(error).__name__})"
    is_vain = isinstance(error, NotReachedError) and not isinstance(error, QuotaSpentError | SlowDownError)
    return Finding(question.capability, CapabilityState.UNKNOWN, evidence), is_vain


def _judge_scan(findings: Mapping[Capability, Finding]) -> Finding:
    """The rights table gives the ticket to all, but scanning failed on accounts that are not verified (section 3)."""
    ticket = findings[Capability.JS_SCAN]
    if ticket.state is not CapabilityState.GRANTED:
        return ticket
    verified = _either(findings, Capability.MEDIA, Capability.TAGS)
    return Finding(Capability.JS_SCAN, verified.state, f"{ticket.evidence}; verified: {verified.evidence}")


def _judge_oauth(findings: Mapping[Capability, Finding], *, oauth_on: bool) -> Finding:
    """No API tells it: verified service accounts have it, and the page's domain must be entered on the platform."""
    if not oauth_on:
        return Finding(Capability.OAUTH, CapabilityState.REFUSED, "cannot be asked; WECHAT_OAUTH is not set")
    shown = _either(findings, Capability.SCENE_QR, Capability.TEMPLATE)
    return Finding(Capability.OAUTH, shown.state, f"cannot be asked; WECHAT_OAUTH is set; by {shown.evidence}")


def _either(findings: Mapping[Capability, Finding], *capabilities: Capability) -> Finding:
    """The finding that tells most: granted before unknown before refused."""
    order = (CapabilityState.GRANTED, CapabilityState.UNKNOWN, CapabilityState.REFUSED)
    return min((findings[each] for each in capabilities), key=lambda finding: order.index(finding.state))


def _forget_other_account(db: Database, redis: Redis, digest: str, now: datetime) -> None:
    try:
        known = find_answered(redis)
    except RedisUnavailable:
        return
    if known is None or known == digest:
        return
    with db.writing() as tx:
        if list_rights(tx):
            forget_rights(tx, now)


def _note(redis: Redis, digest: str, good_for_s: int) -> None:
    try:
        note_probed(redis, digest, good_for_s)
    except RedisUnavailable:
        return
