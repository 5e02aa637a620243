"""家庭成员, 添加孩子, 删除孩子: children on the guardian's record, under the guardian's own consent (promise I9)."""

from __future__ import annotations

from bot.conversation.dialogue import AddingDependant
from bot.conversation.handlers.applying import guardian_consent, has_agreed, named_in
from bot.conversation.handlers.sign_up_answers import give_privacy_consent
from bot.conversation.intents import Intent
from bot.conversation.slots import parse_ages
from bot.conversation.talk import Talk
from bot.domain.clock import local_day
from bot.domain.kinds import ConsentKind
from bot.services.audit import note_audit
from bot.services.consent import give_consent
from bot.services.families import MOST_DEPENDANTS, NICKNAME, Child, NicknameTaken, NotAChild, find_fault
from bot.store.companions import add_dependant, list_dependants, remove_dependant
from bot.texts import consent as consent_words
from bot.texts import families as words


def show_family(talk: Talk, _: Intent) -> str:
    """家庭成员."""
    children = list_dependants(talk.tx, talk.person.id, talk.desk.keys) if talk.person.id else []
    return words.family([(child.nickname, child.birth_year) for child in children])


def add_child(talk: Talk, intent: Intent) -> str:
    """添加孩子 乐乐 2019: asks for what is missing, the consents above all."""
    nickname = next((found.group() for found in NICKNAME.finditer(words.without_age_words(intent.words))), None)
    year = _birth_year(talk, intent.words)
    if nickname is None or year is None:
        return words.how_to_add()
    children = list_dependants(talk.tx, talk.person.id, talk.desk.keys)
    match find_fault(Child(nickname, year), [child.nickname for child in children], talk.now):
        case NotAChild():
            return words.not_a_child(nickname)
        case NicknameTaken():
            return words.known_already(nickname)
    if len(children) >= MOST_DEPENDANTS:
        return words.too_many(MOST_DEPENDANTS)
    return _add_or_ask(talk, AddingDependant(nickname, year))


def _birth_year(talk: Talk, typed: str) -> int | None:
    said = parse_ages(typed)
    if said.birth_months:
        return said.birth_months[0][0]
    if said.birth_years:
        return said.birth_years[0]
    return local_day(talk.now).year - said.ages[0] if said.ages else None


def _add_or_ask(talk: Talk, adding: AddingDependant) -> str:
    talk.look_again()
    if not has_agreed(talk):
        talk.next = adding
        return words.ask_consent(adding.nickname, talk.desk.privacy_url)
    consent_id = guardian_consent(talk)
    if consent_id is None:
        talk.next = adding
        return words.ask_guardian(adding.nickname, talk.desk.children_url)
    child = add_dependant(talk.tx, talk.person.id, adding.nickname, adding.birth_year, consent_id, talk.desk.keys)
    note_audit(talk.tx, f"reader:{talk.person.id}", "add_dependant", f"dependant:{child.id}", {}, talk.now)
    talk.changed = True
    return words.added(child.nickname, child.birth_year)


def agree_to_add(talk: Talk, adding: AddingDependant) -> str:
    """同意 to the general notice: the guardian's consent is asked for next."""
    give_privacy_consent(talk)
    return _add_or_ask(talk, adding)


def guardian_agrees_to_add(talk: Talk, adding: AddingDependant) -> str:
    """监护人同意 counts once the general consent is there."""
    if has_agreed(talk) and guardian_consent(talk) is None:
        give_consent(talk.tx, talk.person.id, ConsentKind.GUARDIAN, consent_words.GUARDIAN_VERSION, talk.now)
        talk.changed = True
    return _add_or_ask(talk, adding)


def ask_again(talk: Talk, adding: AddingDependant) -> str:
    """确认 is never consent: the open question once more."""
    return _add_or_ask(talk, adding)


def remove_child(talk: Talk, intent: Intent) -> str:
    """删除孩子 乐乐."""
    children = list_dependants(talk.tx, talk.person.id, talk.desk.keys) if talk.person.id else []
    named = named_in(intent.words, children)
    if len(named) != 1:
        return words.whom_to_remove([child.nickname for child in children])
    child = named[0]
    if remove_dependant(talk.tx, talk.person.id, child.id):
        note_audit(talk.tx, f"reader:{talk.person.id}", "remove_dependant", f"dependant:{child.id}", {}, talk.now)
        talk.changed = True
    return words.removed(child.nickname)
