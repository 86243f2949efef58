"""A change asks the conditions that it can affect, and reads what these look at."""

import pytest
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueTest
from c360_segment.domain.compiled import Look
from c360_segment.domain.leaves import EventCount, EventPattern, Facts, TraitTest
from c360_segment.domain.parts import Parts, Reads
from c360_segment.domain.quick import quick
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import assigned_entry, profile_entry, timed_event_entry
from hypothesis import given
from hypothesis import strategies as st

SEGMENTS = """
segments:
  counted: {condition: {event: bought}}
  lately: {condition: {event: bought, last: 2 days}}
  same: {condition: {event: bought, last: 2 days}}
  mixed: {condition: {all: [{trait: city, op: exists}, {not: {event: looked, last: 1 day}}]}}
  drawn: {condition: {bucket: {percent: 50, of: a}}}
  new: {condition: {trait: since, within_last: 3 days}}
"""
DAY = 86_400_000
VALUES = (None, True, False, 0, 1, 1.0, 2.5, "", "a", "b", ("a",), ("a", "b"))
COUNTS = st.builds(
    lambda name, least: EventCount(EventPattern.of(name, ()), least, None),
    st.sampled_from(["bought", "looked"]),
    st.integers(0, 2),
)
TRAITS = st.sampled_from(["city", "tier"]).map(lambda name: TraitTest(ValueTest(name, "exists")))
CONDITIONS = st.recursive(
    COUNTS | TRAITS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(All),
        st.lists(inner, max_size=3).map(tuple).map(AnyOf),
        inner.map(Not),
    ),
    max_leaves=4,
)
OPERATORS = ("equals", "in", "at_least", "at_most", "not_equals", "exists", "contains")


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        (Reads(events=frozenset({"bought"})), {"counted", "lately", "same"}),
        (Reads(events=frozenset({"looked"})), {"mixed"}),
        (Reads(traits=frozenset({"city"})), {"mixed"}),
        (Reads(traits=frozenset({"since"})), {"new"}),
        (Reads(waits=True), {"lately", "same", "mixed", "new"}),
        (Reads(), set()),
    ],
)
def test_a_change_asks_what_reads_it(compiled, changed, asked):
    assert compiled(SEGMENTS).parts.affected(changed).among == asked


def test_what_nobody_reads_makes_no_other_kind_of_change(compiled):
    parts = compiled(SEGMENTS).parts
    changed = Reads(events=frozenset({"bought", "sold"}), traits=frozenset({"city", "tier"}))
    read = Reads(events=frozenset({"bought"}), traits=frozenset({"city"}))
    assert parts.affected(changed) is parts.affected(read)


def test_equal_conditions_and_windows_are_asked_once(compiled):
    parts, asked = compiled(SEGMENTS).parts, []

    class Asking(Facts):
        @property
        def moment(self):
            asked.append(1)
            return super().moment

    bought = parts.affected(Reads(events=frozenset({"bought"})))
    assert bought.holding(Look(Asking({}, {"bought": 1}))) == {"counted"}
    assert len(asked) == 1


def test_a_part_of_another_answers_for_itself(compiled):
    some = "left: {condition: {not: {event: bought}}}\n  came: {condition: {event: bought}}"
    whole = compiled(f"segments:\n  {some}\n").parts.whole
    assert whole.holding(Look(Facts({}, {}))) == {"left"}
    assert whole.holding(Look(Facts({}, {"bought": 1}))) == {"came"}


@given(
    st.lists(CONDITIONS, max_size=6),
    st.fixed_dictionaries({}, optional={"city": st.just("Rome"), "tier": st.just("gold")}),
    st.fixed_dictionaries({"bought": st.integers(0, 2), "looked": st.integers(0, 2)}),
)
def test_together_conditions_say_what_each_says(conditions, traits, counts):
    named, facts = {str(n): one for n, one in enumerate(conditions)}, Facts(traits, counts)
    expected = {name for name, one in named.items() if one.holds(facts)}
    assert Parts(named).whole.holding(Look(facts)) == expected


async def test_an_event_reads_the_events_that_its_conditions_look_at(compiled):
    store, handler = MemorySegmentStore(), SegmentHandler(compiled(SEGMENTS))
    read = []
    async with store.unit() as unit:
        happened = unit.happened

        async def noting(wanted):
            read.append({c: set(names) for c, names in wanted.items()})
            return await happened(wanted)

        unit.happened = noting
        await handler.handle(
            unit, [profile_entry("c1", 1, {"city": "Rome"}), assigned_entry("crm/a", "c1", 1)]
        )
        for number, name in enumerate(("bought", "looked")):
            event = timed_event_entry("crm/a", str(number), name, DAY + number, DAY + number)
            await handler.handle(unit, [event])
        await handler.handle(unit, [profile_entry("c1", 2, {"city": "Rome", "points": 3})])
    assert read == [{"c1": {"bought", "looked"}}, {"c1": {"bought"}}, {"c1": {"looked"}}, {}]


@given(st.sampled_from(OPERATORS), st.sampled_from(VALUES), st.data())
def test_quick_tests_are_the_tests(operator, actual, data):
    one = st.sampled_from(VALUES)
    wanted = data.draw(st.lists(one, max_size=3).map(tuple) if operator == "in" else one)
    test = ValueTest("x", operator, wanted)
    values = {} if actual is None else {"x": actual}
    assert bool(quick(test)(values)) is test.holds(values)
