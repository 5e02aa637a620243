"""媒体, 备注, 照片, and pictures that staff send."""

from __future__ import annotations

from bot.conversation.coverage import BadLink, leading_number, read_media
from bot.conversation.handlers.staff import current_occurrence
from bot.conversation.handlers.versions import with_version
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.conversation.verbatim import behind
from bot.domain.clock import local_day
from bot.domain.closing import FiguresFrozen
from bot.domain.coverage import CoverageNoted, NoPhotoYet
from bot.domain.occurrence import OccurrenceFacts
from bot.services.campaigns import find_current_campaign
from bot.services.checkins import list_served_now
from bot.services.coverage import caption_photo, keep_note, note_media, take_photo
from bot.services.staff import serves
from bot.store.readers import StaffMember
from bot.store.summary_beside import list_media
from bot.texts import coverage as words
from bot.texts import general, vocabulary
from bot.texts import staff as staff_words
from bot.texts import summary as summary_words
from bot.texts.closing import figures_frozen, late_coverage


def note_media_item(talk: Talk, intent: Intent) -> str:
    """媒体 广元晚报 《标题》 5月28日 [链接] [12]; alone: what is noted."""
    if talk.staff is None:
        return staff_words.not_staff()
    typed = behind(vocabulary.MEDIA, talk.text) or intent.words
    if not typed:
        return _list_media(talk, talk.staff)
    try:
        entry = read_media(typed, local_day(talk.now))
    except BadLink:
        return words.bad_link()
    if entry is None:
        return words.how_to_note_media()
    facts = _place_of(talk, talk.staff, entry.occurrence_number, words.media_example(), needed=False)
    if isinstance(facts, str):
        return facts
    done = note_media(talk.tx, entry, talk.staff, facts, talk.now)
    if not isinstance(done, CoverageNoted):
        return _not_noted(done)
    talk.changed = True
    return with_version(talk, done.campaign_id, words.medium_noted(done, entry), late_coverage())


def _list_media(talk: Talk, member: StaffMember) -> str:
    campaign_id = find_current_campaign(talk.tx, talk.now)
    items = list_media(talk.tx, campaign_id) if campaign_id is not None else ()
    own = [item for item in items if member.library_id in (None, item.library_id)]
    return words.media_listed(own) if own else words.how_to_note_media()


def note_words(talk: Talk, intent: Intent) -> str:
    """备注 12 for the writer of the report; without a number of the only occurrence that is open, or of the library."""
    if talk.staff is None:
        return staff_words.not_staff()
    number, said = leading_number(behind(vocabulary.NOTE, talk.text) or intent.words)
    if not said:
        return words.how_to_note()
    facts = _place_of(talk, talk.staff, number, words.note_example(), needed=False)
    if isinstance(facts, str):
        return facts
    done = keep_note(talk.tx, said, talk.staff, facts, talk.now)
    if not isinstance(done, CoverageNoted):
        return _not_noted(done)
    talk.changed = True
    return with_version(talk, done.campaign_id, words.note_kept(done), late_coverage())


def caption(talk: Talk, intent: Intent) -> str:
    """照片 12 说明, of what was sent in the last half hour."""
    if talk.staff is None:
        return staff_words.not_staff()
    number, said = leading_number(behind(vocabulary.PHOTO, talk.text) or intent.words)
    if not said:
        return words.how_to_send_photos()
    facts = _place_of(talk, talk.staff, number, words.photo_example(), needed=True)
    if not isinstance(facts, OccurrenceFacts):
        return facts or words.no_photo_yet()
    outcome = caption_photo(talk.tx, said, talk.staff, facts, talk.now)
    match outcome:
        case NoPhotoYet():
            return words.no_photo_yet()
        case FiguresFrozen():
            return figures_frozen(outcome)
        case CoverageNoted():
            talk.changed = True
            return with_version(talk, outcome.campaign_id, words.photo_kept(outcome, said), late_coverage())


def receive_picture(talk: Talk, source: str) -> str:
    """A picture: staff's is a photo of an event, of readers we can read words only."""
    talk.next = talk.dialogue
    if talk.staff is None or not source:
        return general.only_text_please()
    open_now = list_served_now(talk.tx, talk.staff, talk.now)
    facts = open_now[0] if len(open_now) == 1 else None
    done = take_photo(talk.tx, source, talk.staff, facts, talk.now)
    if not isinstance(done, CoverageNoted):
        return _not_noted(done)
    talk.changed = True
    return words.photo_came(done.number)


def _not_noted(why: FiguresFrozen | None) -> str:
    return summary_words.no_campaign() if why is None else figures_frozen(why)


def _place_of(
    talk: Talk, member: StaffMember, number: int | None, example: str, *, needed: bool
) -> OccurrenceFacts | str | None:
    """The occurrence that is meant: the one named, else the only one open; else what to say, or, not needed, none."""
    if number is None and not needed:
        open_now = list_served_now(talk.tx, member, talk.now)
        return open_now[0] if len(open_now) == 1 else None
    facts = current_occurrence(talk, member, number, example)
    if isinstance(facts, str):
        return facts
    return facts if serves(talk.tx, member, facts) else staff_words.not_served(facts)
