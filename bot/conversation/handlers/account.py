"""The reader's own data: reminders, 我的信息, 撤回同意, 注销; and asking for a person."""

from __future__ import annotations

from bot.conversation.dialogue import Erasing
from bot.conversation.intents import Intent
from bot.conversation.slots import parse_slots
from bot.conversation.talk import Talk
from bot.domain.registration import Contact
from bot.services.consent import amend_contact
from bot.services.erasure import erase_reader, withdraw_consent
from bot.services.requests import note_request
from bot.services.standing import find_standing
from bot.store.libraries import find_account_contact
from bot.store.readers import set_reminders
from bot.store.registration_details import list_details_of_reader
from bot.store.requests import count_requests
from bot.texts import consent as consent_words
from bot.texts import general as words
from bot.texts import standing as standing_words
from bot.texts.sign_up import phone_looks_wrong


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
    """我的信息: everything held (PIPL Art. 45)."""
    details = list_details_of_reader(talk.tx, talk.person.id, talk.now)
    held = words.DataHeld(
        contact=talk.contact(),
        registrations=len(details),
        named=tuple((each.facts.number, each.own_name(talk.desk.keys)) for each in details if each.name_enc),
        requests=count_requests(talk.tx, talk.person.id),
        known=talk.person.id != 0,
        reminders=talk.person.reminders,
        agreed=talk.person.privacy_version is not None,
    )
    records = len(find_standing(talk.tx, talk.person.id, talk.now).marks)
    return "\n".join([words.my_data(held), *([standing_words.held(records)] if records else [])])


def amend(talk: Talk, intent: Intent) -> str:
    """修改 电话 … or 修改 姓名 … (PIPL Art. 46: correction)."""
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
    erase_reader(talk.tx, talk.person.id, talk.now)
    talk.changed = talk.erased = True
    return words.erased()


def ask_person(talk: Talk, _: Intent) -> str:
    """人工: contact and a note for the organiser."""
    note_request(talk.tx, talk.person.id, talk.text, talk.desk.keys, talk.now)
    talk.changed = True
    contact = talk.desk.contact or find_account_contact(talk.tx)
    return words.contact_person(contact, talk.text)
