"""Times and revisions that senders give: a clock that is wrong decides nothing."""

import pytest
from c360_gateway.collect.fields import Refused
from c360_gateway.collect.kinds import consent_kind, event_kind, record_kind
from c360_kernel.catalog.loader import default_catalog
from hypothesis import given
from hypothesis import strategies as st

CATALOG = default_catalog()
NOW = 1_800_000_000_000
SKEW = 60_000
RECORD = {"source": "crm", "key": "a"}
EVENT = {**RECORD, "messageId": "m", "name": "page_viewed"}
CONSENT = {**RECORD, "purpose": "marketing", "status": "granted"}

ahead = st.integers(1, SKEW).map(lambda ms: NOW + ms)
past = st.integers(40_000_000_000, NOW)


def record(**given):
    return record_kind(CATALOG, SKEW).read({**RECORD, **given}, NOW)


def event(**given):
    return event_kind(CATALOG, SKEW).read({**EVENT, **given}, NOW)


def consent(**given):
    return consent_kind(CATALOG).read({**CONSENT, **given}, NOW)


def refused_code(read, **given):
    with pytest.raises(Refused) as refused:
        read(**given)
    return refused.value.refusal.code


@given(ahead)
def test_within_the_skew_a_time_counts_as_the_time_of_arrival(ms):
    found = record(observedAt=ms)
    assert (found.observed_at, found.revision, found.own) == (NOW, NOW, False)
    assert record(observedAt=ms, revision=3).observed_at == NOW
    assert event(occurredAt=ms).occurred_at == NOW


@given(st.integers(NOW + SKEW + 1, 253_402_300_799_999))
def test_beyond_the_skew_records_and_events_are_refused(ms):
    assert refused_code(record, observedAt=ms) == "TIME_IN_FUTURE"
    assert refused_code(record, observedAt=ms, revision=3) == "TIME_IN_FUTURE"
    assert refused_code(event, occurredAt=ms) == "TIME_IN_FUTURE"


@given(ahead | st.integers(NOW + SKEW, 253_402_300_799_999))
def test_an_answer_ahead_of_its_time_is_taken_on_arrival_and_marked(ms):
    found = consent(at=ms)
    assert (found.at, found.claimed_at) == (NOW, ms)


@given(past)
def test_times_of_the_past_stay_as_they_are(ms):
    assert record(observedAt=ms).observed_at == record(observedAt=ms).revision == ms
    assert event(occurredAt=ms).occurred_at == ms
    assert (consent(at=ms).at, consent(at=ms).claimed_at) == (ms, 0)


@given(st.integers(-31_000_000_000, 31_000_000_000))
def test_a_number_that_may_be_seconds_is_refused(seconds):
    for read, field in ((record, "observedAt"), (event, "occurredAt"), (consent, "at")):
        assert refused_code(read, **{field: seconds}) == "TIME_UNIT"
    assert refused_code(record, traits={"lastSeenAt": seconds}) == "TRAIT_TYPE"


def test_a_moment_of_1970_is_written_as_text():
    assert event(occurredAt="1970-01-02T00:00:00Z").occurred_at == 86_400_000


@pytest.mark.parametrize("revision", [2**53, 2**63 - 1, -(2**53)])
def test_a_revision_leaves_room_to_grow(revision):
    assert refused_code(record, revision=revision) == "REVISION_TOO_LARGE"


def test_any_other_revision_is_the_sources_own():
    found = record(revision=2**53 - 1)
    assert (found.revision, found.own, found.observed_at) == (2**53 - 1, True, NOW)
