"""How a report is written, as it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.report_style import (
    CountsAs,
    FontNames,
    Form,
    GroupBy,
    Headings,
    Numbering,
    Points,
    ReportStyle,
    read_style,
)


@pytest.mark.parametrize("nothing", [None, {}, {"form": None}])
def test_nothing_stored_is_the_default(nothing: object) -> None:
    assert read_style(nothing) == ReportStyle()


@given(
    st.builds(
        ReportStyle,
        form=st.none() | st.sampled_from(Form),
        group_by=st.sampled_from(GroupBy),
        numbering=st.sampled_from(Numbering),
        headings=st.sampled_from(Headings),
        points=st.sampled_from(Points),
        counts=st.sampled_from(CountsAs),
        fonts=st.sampled_from(FontNames),
        issuer=st.text(max_size=20),
        details=st.booleans(),
    )
)
def test_what_is_stored_is_read_again(style: ReportStyle) -> None:
    assert read_style(style.as_data()) == style


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        ([], "must be a mapping"),
        ({"colour": "red"}, "no such name: 'colour'"),
        ({"form": "letter"}, "form must be one of report, summary, not 'letter'"),
        ({"form": 3}, "form must be text"),
        ({"details": "yes"}, "details must be true or false"),
        ({"issuer": "x" * 200}, "longer than 120"),
    ],
)
def test_a_fault_is_named(stored: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_style(stored)
