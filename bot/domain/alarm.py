"""What a keeper has to look at."""

from __future__ import annotations

from enum import StrEnum


class AlarmKind(StrEnum):
    """What went wrong."""

    CONFIGURATION = "configuration"  # appid, secret, allow-list: nothing works until a keeper acts
    RIGHT_LOST = "right_lost"  # a capability is gone, or the account is limited
    TEMPLATE = "template"  # a template's id or fields do not fit
    QUOTA = "quota"  # a day's calls are used up
    ANNUAL_VERIFICATION = "annual_verification"  # the account's verification ends or has ended
    MENU = "menu"  # the menu could not be published
