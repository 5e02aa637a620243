"""登录, 扫码, 退出登录: the browsers that staff are signed in on."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.services.sessions import CodeUnknown, claim_code, give_link, sign_out_everywhere
from bot.texts import sessions as words
from bot.texts.staff import not_staff

SIGN_IN = "sign_in"
CODE_LENGTH = 6


def sign_in(talk: Talk, intent: Intent) -> str:
    """登录 482913, as a browser shows it."""
    if talk.staff is None:
        return not_staff()
    if intent.code is None:
        return words.how_to_sign_in(talk.desk.sign_in_url)
    if talk.desk.attempts.used_up(talk.sender, SIGN_IN):
        return words.too_many_codes()
    outcome = claim_code(talk.tx, talk.staff, intent.code, talk.desk.keys, talk.now)
    if isinstance(outcome, CodeUnknown):
        talk.desk.attempts.note_wrong(talk.sender, SIGN_IN)
        return words.code_unknown()
    talk.changed = True
    return words.signed_in(outcome.device, outcome.ends_at, talk.now)


def give_scanner(talk: Talk, _: Intent) -> str:
    """扫码: a link that opens the scanner on this phone."""
    if talk.staff is None:
        return not_staff()
    talk.changed = True
    token = give_link(talk.tx, talk.staff, talk.desk.keys, talk.now)
    return words.scanner_link(talk.desk.enter_url(token))


def sign_out(talk: Talk, _: Intent) -> str:
    """退出登录 on all of one's own browsers."""
    if talk.staff is None:
        return not_staff()
    talk.changed = True
    return words.signed_out(sign_out_everywhere(talk.tx, talk.staff, talk.now))
