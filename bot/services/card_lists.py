"""Importing lists of reader cards: who may sign up where an event asks for a group."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.campaign_file import Fault, FaultKind, FileRefused
from bot.domain.card_list import CardsImported, read_cards
from bot.domain.rules import rules_of
from bot.services.audit import note_audit
from bot.store import card_lists as store
from bot.store.card_files import read_card_rows
from bot.store.libraries import find_library
from bot.store.pii import Keys

LONGEST_GROUP = 40


class UnknownLibrary(LookupError):
    """No library has this name; the sentence says so."""


def import_card_list(
    tx: Connection,
    data: bytes,
    library: str,
    group: str,
    keys: Keys,
    now: datetime,
    *,
    replace: bool = False,
    actor: str = "command",
) -> CardsImported | FileRefused:
    """Put the cards of a file on a library's list, or make the file the whole list; with any fault nothing is written.

    Kept are keyed hashes of the numbers in plain form (`domain.cards.plain_card`). After a change of SECRET_KEY they
    fit no number any more, and the lists must be imported again. Raises UnknownLibrary.
    """
    library_id = find_library(tx, library)
    if library_id is None:
        raise UnknownLibrary(f"There is no library {library!r}, or several. Use the code of one.")
    name = unicodedata.normalize("NFKC", group).strip()
    code, library_rules = store.find_library_rules(tx, library_id)
    rows, faults = read_card_rows(data)
    cards, more = ([], []) if faults else read_cards(rows, rules_of(library_rules))
    faults += more
    if not 0 < len(name) <= LONGEST_GROUP:
        faults.append(Fault(FaultKind.TOO_LONG if name else FaultKind.MISSING, column="--group", detail="40"))
    if faults:
        return FileRefused(tuple(faults))
    wanted = {keys.search_hash(card) for card in cards}
    present = store.list_hashes(tx, library_id, name)
    gone = present - wanted if replace else set()
    store.remove_hashes(tx, library_id, name, sorted(gone))
    store.add_hashes(tx, library_id, name, sorted(wanted - present))
    known = len(wanted & present)
    done = CardsImported(code, name, len(wanted) - known, known, len(gone), len(present | wanted) - len(gone))
    detail = {"group": name, "added": done.added, "removed": done.removed, "total": done.total, "replace": replace}
    note_audit(tx, actor, "import_card_list", f"library:{library_id}", detail, now)
    return done
