"""The keyword table and the help made from it."""

import pytest

from bot.conversation.normalise import simplify, tidy
from bot.texts.commands import ENTRIES, Command, entry_of, help_line, help_text_lines, keywords

# A passive reply holds 1,800 bytes; the help is printed with a greeting and the contact line around it.
HELP_BYTES = 1500


def test_every_command_but_unknown_has_one_row() -> None:
    assert [entry.command for entry in ENTRIES].count(Command.HELP) == 1
    assert {entry.command for entry in ENTRIES} == set(Command) - {Command.UNKNOWN}
    assert len(ENTRIES) == len(Command) - 1


def test_no_word_belongs_to_two_commands() -> None:
    words = [word for entry in ENTRIES for word in entry.words]
    assert sorted(words) == sorted(set(words))
    assert len(keywords()) == len(words)


@pytest.mark.parametrize("word", sorted(keywords()))
def test_words_are_written_as_cleaned_text_arrives(word: str) -> None:
    assert word == simplify(tidy(word)).lower().replace(" ", "")


def test_help_for_readers_names_no_staff_command() -> None:
    lines = help_text_lines()
    assert not any(help_line(entry.command) in lines for entry in ENTRIES if entry.staff)
    assert help_line(Command.SIGN_UP) in lines


def test_help_for_staff_adds_their_commands() -> None:
    lines = help_text_lines(staff=True)
    assert lines[: len(help_text_lines())] == help_text_lines()
    assert all(help_line(entry.command) in lines for entry in ENTRIES if entry.staff)


def test_help_for_readers_fits_one_reply() -> None:
    assert len("\n".join(help_text_lines()).encode()) <= HELP_BYTES


def test_unknown_has_no_row() -> None:
    assert entry_of(Command.UNKNOWN) is None
    with pytest.raises(KeyError):
        help_line(Command.UNKNOWN)


def test_help_teaches_only_what_is_served() -> None:
    assert help_text_lines(served={Command.LIST, Command.TODAY}) == (help_line(Command.LIST),)
    both = help_text_lines(staff=True, served={Command.LIST, Command.TODAY})
    assert both == (help_line(Command.LIST), help_line(Command.TODAY))
