"""When customer-service messages may be sent."""

import pytest

from bot.sandbox.windows import SendsUsedUpError, Window, WindowClosedError

NOW = 1_000_000.0


def spend(window: Window, times: int, now: float = NOW) -> Window:
    for _ in range(times):
        window = window.after_send(now)
    return window


def test_five_sends_after_a_message() -> None:
    used = spend(Window().after_message(NOW), 5)
    with pytest.raises(SendsUsedUpError):
        used.after_send(NOW)


def test_three_sends_after_a_click() -> None:
    used = spend(Window().after_action(NOW), 3)
    with pytest.raises(SendsUsedUpError):
        used.after_send(NOW)


@pytest.mark.parametrize(
    ("window", "last", "first_closed"),
    [
        (Window().after_message(NOW), NOW + 48 * 3600 - 1, NOW + 48 * 3600),
        (Window().after_action(NOW), NOW + 59, NOW + 60),
    ],
)
def test_window_closes_on_time(window: Window, last: float, first_closed: float) -> None:
    window.after_send(last)
    with pytest.raises(WindowClosedError):
        window.after_send(first_closed)


def test_click_is_spent_before_the_message() -> None:
    both = Window().after_message(NOW).after_action(NOW)
    assert spend(both, 3).message_left == 5
    with pytest.raises(SendsUsedUpError):
        spend(both, 9)


def test_new_message_opens_five_again() -> None:
    assert spend(Window().after_message(NOW), 5).after_message(NOW).message_left == 5


def test_stranger_cannot_be_written_to() -> None:
    with pytest.raises(WindowClosedError):
        Window().after_send(NOW)
