"""Dates and instants: only with their separators, or in a format that is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from c360_mapping.times import DateStyle, to_date, to_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from([SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), UTC])
DAYS = st.dates(date(1930, 1, 1), date(2090, 1, 1))


@settings(max_examples=50)
@given(st.integers(0, 10**16))
def test_digits_alone_are_no_time(number: int) -> None:
    for style in (DateStyle(), DateStyle(zone=SHANGHAI)):
        for convert in (to_date(style), to_datetime(style)):
            with pytest.raises(ValueError, match=r"separators|needs a time zone"):
                convert(str(number))


@settings(max_examples=50)
@given(
    st.from_regex(r"20[0-2][0-9][-/. ]?[01][0-9][-/. ]?[0-2][0-9]([T _:x]?[0-2][0-9]:?[0-5][0-9])?",
                  fullmatch=True)
)  # fmt: skip
def test_a_time_is_read_only_with_iso_separators(text: str) -> None:
    try:
        given_out = to_datetime(DateStyle())(text)
    except ValueError:
        return
    assert text[4] == text[7] == "-"
    assert len(text) == 10 or (text[10] in "T " and text[13] == ":")
    assert str(given_out).startswith(text[:10])


@settings(max_examples=50)
@given(st.datetimes(datetime(1930, 1, 1), datetime(2090, 1, 1)), ZONES)
def test_epochs_are_what_the_mapping_says(moment: datetime, zone: ZoneInfo) -> None:
    since = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    milliseconds = since // timedelta(milliseconds=1)
    exact = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    written = exact.isoformat(timespec="milliseconds") + "Z"
    style = DateStyle(("epoch_milliseconds",), zone)
    assert to_datetime(style)(milliseconds) == written
    assert to_datetime(style)(f"{milliseconds}.0") == written
    seconds = f"{'-' if milliseconds < 0 else ''}{abs(milliseconds) // 1000}"
    seconds += f".{abs(milliseconds) % 1000:03}"
    assert to_datetime(DateStyle(("epoch_seconds",), zone))(seconds) == written
    assert to_datetime(DateStyle(("epoch_microseconds",)))(milliseconds * 1000) == written


@settings(max_examples=50)
@given(DAYS, ZONES)
def test_an_instant_is_a_day_where_the_mapping_says(day: date, zone: ZoneInfo) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    milliseconds = (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert to_date(DateStyle(("epoch_milliseconds",), zone))(milliseconds) == day.isoformat()
    utc = midnight.astimezone(UTC).isoformat()
    assert to_date(DateStyle(zone=zone))(utc) == day.isoformat()
    assert to_date(DateStyle(("%Y-%m-%dT%H:%M:%S%z",), zone))(utc) == day.isoformat()


def test_a_day_is_nobodys_guess() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        to_date(DateStyle())("1989-12-31T16:00:00Z")
    assert to_date(DateStyle(zone=SHANGHAI))("1990-01-01 00:00") == "1990-01-01"
    assert to_date(DateStyle(("epoch_milliseconds",)))(631123200000) == "1989-12-31"
    written_there = to_date(DateStyle(("%Y-%m-%d %H:%M %z",)))
    assert written_there("1990-01-01 00:00 +0800") == "1990-01-01"


@settings(max_examples=50)
@given(DAYS.filter(lambda day: day > date(1900, 3, 1)))
def test_days_of_a_spreadsheet(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert to_date(DateStyle(("excel_serial",), SHANGHAI))(serial) == day.isoformat()
    assert to_date(DateStyle(("excel_serial",)))(f"{serial}.0") == day.isoformat()
    assert to_date(DateStyle(("excel_serial_1904",)))(serial - 1462) == day.isoformat()
    assert to_datetime(DateStyle(("excel_serial",)))(f"{serial}.75").startswith(f"{day}T18:00")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("serial", "day"), [("1", "1900-01-01"), ("59", "1900-02-28"), ("61", "1900-03-01")]
)
def test_the_day_that_excel_invented_is_none(serial: str, day: str) -> None:
    assert to_date(DateStyle(("excel_serial",)))(serial) == day


@pytest.mark.parametrize("serial", ["0", "60", "-1", "20240101", "1704067200", "1e4", "x", "4_5"])
def test_other_numbers_are_no_days_of_a_spreadsheet(serial: str) -> None:
    with pytest.raises(ValueError, match="none of the formats"):
        to_date(DateStyle(("excel_serial",)))(serial)


@pytest.mark.parametrize("text", ["2024111", "2024 111", "202411"])
def test_digits_may_not_be_missing_where_nothing_stands_between(text: str) -> None:
    with pytest.raises(ValueError, match="none of the formats"):
        to_date(DateStyle(("%Y%m%d",)))(text)
    assert to_date(DateStyle(("%Y%m%d",)))("20241101") == "2024-11-01"
    assert to_date(DateStyle(("%d.%m.%Y",)))("1.2.2024") == "2024-02-01"


@pytest.mark.parametrize(
    "text", ["1e9", "9" * 40, "17_0", "", " 1", "0x1", "99999999999999999"]
)  # fmt: skip
def test_other_texts_are_no_epoch(text: str) -> None:
    for unit in ("epoch_seconds", "epoch_milliseconds"):
        with pytest.raises(ValueError, match="none of the formats"):
            to_datetime(DateStyle((unit,)))(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-31", "2024-01-31T00:00:00.000Z"),
        ("2024-01-31 08:00", "2024-01-31T08:00:00.000Z"),
        ("2024-01-31T08:00:00.123456789z", "2024-01-31T08:00:00.123Z"),
        ("2024-01-31T08:00:00 +0800", "2024-01-31T00:00:00.000Z"),
    ],
)
def test_iso_controls_hold(text: str, instant: str) -> None:
    assert to_datetime(DateStyle())(text) == instant
