"""Metrics and quantities in words."""

from decimal import Decimal

import pytest

from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity, parse_quantity
from bot.texts.metrics import METRICS, metric_name, metric_of, usual_unit, words


@pytest.mark.parametrize(
    "text",
    [
        "300多份",
        "500余册",
        "近万名",
        "近百人",
        "近2万名",
        "约200人",
        "累计600张",
        "127件",
        "12000份",
        "1.5小时",
        "近1.2万名",
    ],
)
def test_words_say_a_quantity_as_it_was_read(text: str) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert words(quantity) == text


def test_a_doubtful_figure_is_never_printed() -> None:
    assert words(Quantity(Decimal(8), "人次", Exactness.DOUBTFUL)) == "【数据待核】人次"


def test_words_of_staff_name_the_metric_of_the_reports() -> None:
    assert metric_of("咨询") == ("consultations_answered", "")
    assert metric_of("一等奖") == ("essays_awarded", "一等奖")
    assert metric_of("气球") == ("气球", "")
    assert usual_unit("leaflets_distributed") == "份"
    assert metric_name("leaflets_distributed") == "宣传单"
    assert metric_name("气球") == "气球"


def test_no_word_names_two_metrics() -> None:
    spoken = [word for metric in METRICS.values() for word in (metric.name, *metric.words.split())]
    assert len(spoken) == len(set(spoken))
