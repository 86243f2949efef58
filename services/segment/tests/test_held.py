"""What has been so for a time: since when, from when on, and what moves its beginning."""

from dataclasses import replace

import pytest
from c360_kernel.accounts.links import Link
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.record import RecordKey
from c360_kernel.testing.visibility import everything
from c360_kernel.value_types import format_instant, parse_instant
from c360_kernel.visibility import Visibility
from c360_segment.domain.explained.ahead import look_ahead
from c360_segment.domain.explained.evidence import evidence_of
from c360_segment.domain.explained.why import explain
from c360_segment.domain.known import Known
from c360_segment.domain.leaves import Facts
from c360_segment.domain.past import Was
from c360_segment.domain.timed.happenings import Happened
from c360_segment.graph.why import ConditionFinding
from c360_segment.testing.entries import stamp_of

from services.segment.tests.conftest import VOCABULARY, segments_of

DAY = 86_400_000
NOW = 100 * DAY
_READ = everything(parse_catalog(VOCABULARY, "catalog.yaml")).used
_TIMES = {"Bought.occurredAt", "Looked.occurredAt"}
TOLD = Visibility(_READ | _TIMES, _READ | _TIMES)


def among(condition):
    return segments_of(f"segments:\n  s: {{condition: {condition}}}\n")


def held_of(condition):
    return among(condition).by_name["s"]


def at(day, name="bought"):
    return Happened(round(day * DAY), "web", str(day), name, stamp_of(0), {})


def facts(*events, now=NOW, customer="c1", **more):
    named = {}
    for one in sorted(events):
        named.setdefault(one.name, []).append(one)
    return Facts(more.pop("traits", {}), {}, named, now, customer, **more)


def was(*tiers):
    """Of which tier a customer was told to be, and from which day on."""
    past = [Was(round(day * DAY), {"tier": tier} if tier else {}) for day, tier in tiers]
    return facts(traits=past[-1].values, past=past)


def beginning(condition, given, before=""):
    """Whether it holds, since when it is so, and when that changes, in days."""
    text = f"{before}segments:\n  s: {{condition: {condition}}}\n"
    leaf = segments_of(text).by_name["s"].condition
    since, changes_at = evidence_of(leaf, given).since, leaf.changes_at(given)
    days = (None if one is None else one / DAY for one in (since, changes_at))
    return leaf.holds(given), *days


QUIET = "{held: {not: {event: bought, last: 10 days}}, for: 30 days}"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # She bought 45 days ago: quiet since 35 days, and that for 30.
        ((at(55),), (True, 65, None)),
        ((at(65),), (False, 75, 105)),
        ((at(40), at(65)), (False, 75, 105)),
        ((at(60),), (True, 70, None)),
        ((at(95),), (False, None, 105)),
        ((), (True, None, None)),
        # Of a clock that goes ahead: it counts once its time has come.
        ((at(102),), (True, None, 102)),
    ],
)
def test_it_is_held_from_its_beginning_on(events, expected):
    assert beginning(QUIET, facts(*events)) == expected


def test_a_break_that_is_told_late_begins_it_anew():
    assert beginning(QUIET, facts(at(50)))[0]
    assert beginning(QUIET, facts(at(50), at(72))) == (False, 82, 112)


GOLD = "{held: {trait: tier, op: equals, value: gold}, for: 30 days}"
TIERED = "{held: {trait: tier, op: in, value: [gold, silver]}, for: 30 days}"


@pytest.mark.parametrize(
    ("condition", "given", "expected"),
    [
        (GOLD, was((60, "gold")), (True, 60, None)),
        (GOLD, was((80, "gold")), (False, 80, 110)),
        (GOLD, was((60, "gold"), (80, "silver"), (85, "gold")), (False, 85, 115)),
        (GOLD, was((60, "gold"), (90, "silver")), (False, None, None)),
        # Another value that meets the condition is no break.
        (TIERED, was((60, "gold"), (80, "silver")), (True, 60, None)),
        # Of whom nothing was told nothing is so, and so is its contrary.
        (GOLD.replace("equals, value: gold", "missing"), was((90, None)), (True, None, None)),
        # Told by a clock that goes ahead: it counts once its time has come.
        (GOLD, was((60, "gold"), (105, "silver")), (True, 60, 105)),
    ],
)
def test_what_profiles_told_is_held_from_its_stamp_on(condition, given, expected):
    assert beginning(condition, given) == expected


def test_a_date_is_beside_the_moment_that_is_asked_of():
    past = [Was(50 * DAY, {"since": "1970-04-06"})]
    given = facts(traits=past[0].values, past=past)
    condition = "{held: {trait: since, within_next: 10 days}, for: 4 days}"
    assert beginning(condition, given._replace(now=90 * DAY)) == (True, 85, 95)
    assert beginning(condition, given._replace(now=87 * DAY)) == (False, 85, 89)


def test_a_link_is_held_from_the_time_on_that_it_says():
    condition = "{held: {account: {kind: decision}}, for: 10 days}"
    accounts = "accounts: {kinds: {member: {}, decision: {}}}\n"
    person, account = RecordKey("crm", "p"), RecordKey("erp", "a")
    for since, until, expected in (
        (85, 0, (True, 85, None)),
        (95, 110, (False, 95, 105)),
        (0, 105, (True, None, 105)),
        (80, 95, (False, None, None)),
    ):
        link = Link(person, account, "decision", "", since * DAY, until * DAY)
        other = link._replace(kind="member", since=0, until=0)
        assert beginning(condition, facts(links=[link, other]), accounts) == expected


def test_a_window_that_is_filled_again_in_time_is_no_break():
    condition = "{held: {event: bought, last: 10 days}, for: 20 days}"
    assert beginning(condition, facts(at(75), at(85), at(95))) == (True, 75, 105)
    assert beginning(condition, facts(at(75), at(85.1), at(95))) == (False, 85.1, 105)


def test_what_is_held_may_be_held_and_drawn():
    inner = "{any: [{bucket: {percent: 50, of: a}}, {held: {event: bought}, for: 5 days}]}"
    condition = f"{{held: {inner}, for: 10 days}}"
    found = {c: beginning(condition, facts(at(90), customer=c)) for c in ("c1", "c2", "c3", "c4")}
    assert set(found.values()) == {(True, None, None), (False, 95, 105)}


def test_reasons_and_forms_name_what_is_held():
    segment = held_of("{held: {all: [{event: bought}, {event: looked}]}, for: 1 day}")
    assert segment.events == {"bought", "looked"}
    other = held_of("{held: {all: [{event: bought}, {event: looked}]}, for: 2 days}")
    assert segment.question != other.question


def test_every_part_of_it_is_explained():
    segments = among("{held: {all: [{event: bought}, {not: {event: looked}}]}, for: 10 days}")
    segment, known = segments.by_name["s"], Known({}, [at(80), at(95, "looked")], NOW, "c1")
    why = explain(segment, known, segments, TOLD)
    found = [
        (".".join(map(str, one.node.path)), one.holds, one.evidence.since) for one in why.findings
    ]
    assert found == [
        ("", False, None),
        ("held", False, None),
        ("held.all.0", True, 80 * DAY),
        ("held.all.1", False, None),
        ("held.all.1.not", True, 95 * DAY),
    ]
    tests = [ConditionFinding.of(one).test for one in why.findings[1:4]]
    assert tests == ["all", '{"event": "bought"}', "not"]
    whole = explain(segment, known._replace(events=[at(80)]), segments, TOLD).findings[0]
    assert (whole.evidence.since, whole.evidence.holds_from) == (80 * DAY, 90 * DAY)


def test_no_event_is_tested_at_each_moment():
    """Else an event of a customer of thousands would keep all segments for seconds."""
    tests = "[{property: amount, op: missing}]"
    segment = held_of(f"{{held: {{event: bought, where: {tests}, last: 7 days}}, for: 30 days}}")
    asked = []

    class Noting(dict):
        def get(self, name):
            asked.append(name)

    events = [at(100 - number / 2)._replace(properties=Noting()) for number in range(100)]
    assert segment.condition.holds(facts(*events))
    assert len(asked) <= 2 * len(events)


def test_how_far_is_looked_counts_each_moment_that_it_is_held_against():
    """Else one question of a customer of a thousand events would take minutes."""
    tests = "[{property: amount, op: missing}]"
    segment = held_of(f"{{held: {{event: bought, where: {tests}, last: 7 days}}, for: 30 days}}")
    for count, is_bounded in ((20, False), (1000, True)):
        given = facts(*(at(100 - 60 * number / count) for number in range(count)))
        ahead = look_ahead([segment.condition], given)
        assert (ahead.looked_to is not None, ahead.changes[0] is None) == (is_bounded, is_bounded)


def test_how_far_is_looked_counts_each_moment_of_what_profiles_told():
    segment = held_of("{held: {trait: tier, op: equals, value: none}, for: 30 days}")
    for count, is_bounded in ((5, False), (20, True)):
        past = [Was(NOW + number, {"tier": str(number)}) for number in range(1, count + 1)]
        ahead = look_ahead([segment.condition], facts(past=past), most=100)
        assert (ahead.looked_to is not None) is is_bounded


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"])
@pytest.mark.parametrize(
    "inner",
    [
        "{event: bought, this: day}",
        "{event: bought, regularly: {every: year, at_least: 1, of: 9}}",
        "{event: bought, last: 7 days}",
    ],
)
def test_times_that_stand_for_none_are_explained(text, inner):
    """As sources send them: before and after them there is no calendar."""
    segments = segments_of(f"segments:\n  s: {{condition: {{held: {inner}, for: 1 day}}}}\n")
    known = Known({}, [at(parse_instant(text) / DAY)], NOW, "c1")
    why = explain(segments.by_name["s"], known, segments, TOLD)
    for moment in (why.changes_at, why.looked_to):
        assert moment is None or format_instant(moment)


def test_since_when_is_shown_to_who_may_see_when_its_events_were():
    segments = among("{held: {all: [{event: bought}]}, for: 10 days}")
    segment, known = segments.by_name["s"], Known({}, [at(80)], NOW, "c1")
    seen = TOLD.seen - {"Bought.occurredAt"}
    for told, is_shown in ((TOLD, True), (replace(TOLD, seen=seen), False)):
        why = explain(segment, known, segments, told)
        assert all((one.evidence is not None) is is_shown for one in why.findings)
