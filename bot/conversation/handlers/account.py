"""The reader's own data: reminders, 我的信息, 撤回同意, 注销; and asking for a person."""

from __future__ import annotations

import re

from bot.conversation.cards import parse_card
from bot.conversation.dialogue import Erasing
from bot.conversation.intents import Intent
from bot.conversation.normalise import tidy
from bot.conversation.slots import parse_slots
from bot.conversation.talk import Talk
from bot.domain.registration import Contact
from bot.services.consent import amend_contact
from bot.services.erasure import erase_reader, withdraw_consent, withdraw_guardian_consent
from bot.services.personal_data import amend_card, amend_child, collect_personal_data
from bot.services.reader_sessions import give_link
from bot.services.requests import note_request
from bot.store.amendments import find_card
from bot.store.libraries import find_account_contact
from bot.store.readers import set_reminders
from bot.texts import consent as consent_words
from bot.texts import general as words
from bot.texts import personal_data as data_words
from bot.texts import reader_pages as page_words
from bot.texts.sign_up import phone_looks_wrong
from bot.texts.vocabulary import AMEND_CARD, AMEND_CHILD

_CHILD = re.compile(AMEND_CHILD)
_CARD = re.compile(AMEND_CARD)


def reminders_on(talk: Talk, _: Intent) -> str:
    """提醒 开."""
    set_reminders(talk.tx, talk.person.id, True)
    talk.changed = True
    return words.reminders_on()


def reminders_off(talk: Talk, _: Intent) -> str:
    """提醒 关."""
    set_reminders(talk.tx, talk.person.id, False)
    talk.changed = True
    return words.reminders_off()


def show_my_data(talk: Talk, _: Intent) -> str:
    """我的信息: everything held, and a link to a copy of it (PIPL Art. 45)."""
    data = collect_personal_data(talk.tx, talk.person.id, talk.desk.keys)
    url = talk.desk.copy_url(talk.person.id, talk.now) if data.known_since else None
    return data_words.in_short(data, talk.now, url)


def give_pages(talk: Talk, _: Intent) -> str:
    """网页: a link to the reader's own pages, good once and for ten minutes."""
    talk.changed = True
    return page_words.page_link(talk.desk.pages_url(give_link(talk.tx, talk.person.id, talk.desk.keys, talk.now)))


def amend(talk: Talk, intent: Intent) -> str:
    """修改 电话 …, 姓名 …, 读者证 …, 孩子 … (PIPL Art. 46: correction)."""
    child = _CHILD.search(tidy(intent.words))
    if child:
        return _amend_child(talk, child["name"], int(child["year"]))
    if _CARD.search(intent.words):
        return _amend_card(talk, intent.words)
    talk.look_again()
    present = talk.contact()
    if present is None:
        return words.nothing_to_amend()
    slots = parse_slots(intent.words)
    if slots.phone is None and slots.bad_phone:
        return phone_looks_wrong(slots.bad_phone)
    mended = Contact(slots.name or present.name, slots.phone or present.phone)
    if mended == present:
        return words.how_to_amend()
    amend_contact(talk.tx, talk.person.id, mended, talk.desk.keys, talk.now)
    talk.changed = True
    return words.amended(mended)


def _amend_card(talk: Talk, typed: str) -> str:
    talk.look_again()
    if find_card(talk.tx, talk.person.id, talk.desk.keys) is None:
        return words.nothing_to_amend()
    card = parse_card(typed)
    if card is None:
        return data_words.card_looks_wrong()
    amend_card(talk.tx, talk.person.id, card, talk.desk.keys, talk.now)
    talk.changed = True
    return data_words.card_amended(card)


def _amend_child(talk: Talk, nickname: str, birth_year: int) -> str:
    if not amend_child(talk.tx, talk.person.id, nickname, birth_year, talk.desk.keys, talk.now):
        return data_words.no_such_child()
    talk.changed = True
    return data_words.child_amended(nickname, birth_year)


def withdraw_guardian(talk: Talk, _: Intent) -> str:
    """撤回监护人同意: the children go, everything else stays."""
    if not withdraw_guardian_consent(talk.tx, talk.person.id, talk.now):
        return consent_words.no_guardian_consent()
    talk.changed = True
    return consent_words.guardian_withdrawn()


def withdraw(talk: Talk, _: Intent) -> str:
    """撤回同意."""
    withdraw_consent(talk.tx, talk.person.id, talk.now)
    talk.changed = True
    return consent_words.withdrawn()


def ask_erase(talk: Talk, _: Intent) -> str:
    """注销 always asks first."""
    talk.next = Erasing()
    return words.ask_erase()


def confirm_erase(talk: Talk) -> str:
    """确认 after 注销."""
    erase_reader(talk.tx, talk.person.id, talk.desk.keys, talk.now)
    talk.changed = talk.erased = True
    return words.erased()


def ask_person(talk: Talk, _: Intent) -> str:
    """人工: contact and a note for the organiser."""
    note_request(talk.tx, talk.person.id, talk.text, talk.desk.keys, talk.now)
    talk.changed = True
    contact = talk.desk.contact or find_account_contact(talk.tx)
    return words.contact_person(contact, talk.text)
