"""A walk through a source: what goes wrong on the way ends it, and nothing is taken for done."""

import json
from dataclasses import dataclass, field, replace

import pytest
from c360_connectors.pulling.calling import TRIES, Caller
from c360_connectors.pulling.ports import Answer, Aside, Outcome, Take, Web
from c360_connectors.pulling.state import PullState, States, Walk, as_json, from_json
from c360_connectors.pulling.taking import Taking
from c360_connectors.pulling.walking import Walking
from c360_connectors.reading.connector import parse_connector
from c360_connectors.refusals import ConnectorStopped
from c360_kernel.errors import Transient
from hypothesis import given
from hypothesis import strategies as st

BEGIN = 1_767_225_600_000
NOW = BEGIN + 3_600_000
TEXT = """\
connector: crm
source: crm
pull:
  request:
    url: https://crm.example/people
    query: {from: "{cursor}", to: "{until}", offset: "{offset}", limit: "{limit}"}
  pages: {offset: {limit: 5}}
  rows: {path: people}
  cursor: {column: at, type: datetime, as: milliseconds, initial: "2026-01-01",
    lookback: 1m, settle: 30s}
  errors:
    - {path: code, in: [9], then: retry}
    - {path: code, in: [7], then: stop}
mapping:
  kind: records
  key: id
  observedAt: at
"""
CONNECTOR = parse_connector(TEXT, "crm")
ACCEPTED = Outcome("ACCEPTED")


def row(number: int, **more: object) -> dict[str, object]:
    return {"id": f"k{number}", "at": f"2026-01-01T00:00:{number % 60:02}Z", **more}


def people(*rows: object) -> Answer:
    return Answer(200, json.dumps({"people": rows}).encode())


@dataclass
class Script(Web):
    """Gives its answers one after another; what is raised is raised."""

    answers: list[Answer | Exception]
    asked: list[str] = field(default_factory=list)

    async def ask(self, request, timeout_s):
        self.asked.append(request.url.partition("?")[2])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Kept(States, Aside, Take):
    state: PullState = field(default_factory=PullState)
    letters: list = field(default_factory=list)
    items: list = field(default_factory=list)
    outcome: Outcome = ACCEPTED
    pauses: list[float] = field(default_factory=list)

    def load(self):
        return from_json(json.loads(json.dumps(as_json(self.state))))

    def save(self, state):
        self.state = state

    def put(self, letters, length):
        self.letters[length:] = letters
        return len(self.letters)

    async def take(self, kind, items):
        self.items += items
        return [self.outcome for _ in items]

    async def sleep(self, seconds):
        self.pauses.append(seconds)


async def walk(kept: Kept, *answers: Answer | Exception, connector=CONNECTOR) -> Script:
    web, pull = Script(list(answers)), connector.pull
    limits = replace(pull.limits, per_second=1e9)
    caller = Caller(web, pull.login, limits, {}, kept.sleep)
    taking = Taking(connector.source, connector.mappings, kept)
    await Walking(pull, caller, taking, kept, kept, lambda: NOW).run()
    return web


async def test_a_window_is_asked_page_by_page_and_the_next_begins_a_little_before_its_end() -> None:
    kept = Kept()
    web = await walk(kept, people(*map(row, range(5))), people(row(5)))
    assert web.asked == [
        f"from={BEGIN}&to={NOW - 30_000}&offset={offset}&limit=5" for offset in (0, 5)
    ]
    assert (kept.state.cursor, kept.state.runs) == (BEGIN + 5_000, 1)
    assert kept.state.counts == {"accepted": 6, "aside": 0}
    again = await walk(kept, people(row(5)))
    assert again.asked[0].startswith(f"from={BEGIN}&")


async def test_a_date_in_the_future_hides_nothing() -> None:
    kept = Kept()
    await walk(kept, people(row(1, at="2199-01-01T00:00:00Z")))
    assert kept.state.cursor == NOW - 30_000


async def test_an_answer_without_rows_is_none() -> None:
    kept = Kept()
    with pytest.raises(ConnectorStopped) as stopped:
        await walk(kept, Answer(200, b'{"code": 40001}'))
    assert stopped.value.code == "CONNECTOR_ANSWER_INVALID"
    assert kept.state == PullState()


async def test_pages_that_come_again_after_others_are_a_loop() -> None:
    kept = Kept()
    circle = [people(*map(row, range(begin, begin + 5))) for begin in (0, 5, 10)]
    with pytest.raises(ConnectorStopped) as stopped:
        await walk(kept, *(circle * 10))
    assert stopped.value.code == "CONNECTOR_PAGE_LOOP"


@given(lead=st.integers(0, 40), length=st.integers(1, 40), by_place=st.booleans())
def test_a_circle_of_any_length_is_seen_and_nothing_else(
    lead: int, length: int, by_place: bool
) -> None:
    one, steps = Walk({}), 0
    while True:
        steps += 1
        number = steps if steps <= lead else lead + (steps - lead) % length
        at = {"next": number if by_place else steps}
        digest = str(steps if by_place else number)
        if one.has_been(at, digest):
            break
        one = one.onward(at, None, digest)
        assert steps <= 3 * (lead + length) + 3
    assert steps > lead
    straight = Walk({})
    for step in range(200):
        assert not straight.has_been({"offset": step}, f"{step}") and not straight.has_been(
            {"offset": step}, ""
        )
        straight = straight.onward({"offset": step}, None, f"{step}")


async def test_the_same_page_twice_is_a_loop() -> None:
    kept, page = Kept(), people(*map(row, range(5)))
    with pytest.raises(ConnectorStopped) as stopped:
        await walk(kept, page, page)
    assert stopped.value.code == "CONNECTOR_PAGE_LOOP"
    assert len(kept.items) == 5


async def test_what_passes_is_asked_again_after_as_long_as_the_source_wants() -> None:
    kept = Kept()
    away = Transient("away", code="SOURCE_UNREACHABLE")
    busy, failing = Answer(429, b"", retry_after_s=17.0), Answer(200, b'{"code": 9}')
    await walk(kept, away, busy, failing, Answer(502, b"<html>"), people(row(1)))
    assert kept.pauses[1] == 17.0
    assert len(kept.pauses) == 4
    assert len(kept.items) == 1


async def test_a_source_that_stays_away_is_left_for_another_time() -> None:
    kept = Kept()
    with pytest.raises(Transient) as gone:
        await walk(kept, people(*map(row, range(5))), *[Answer(503, b"")] * TRIES)
    assert gone.value.code == "CONNECTOR_AWAY"
    web = await walk(kept, people(row(9)))
    assert "offset=5" in web.asked[0]
    assert [one["key"] for one in kept.items] == ["k0", "k1", "k2", "k3", "k4", "k9"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, b'{"code": 7}'), "CONNECTOR_REFUSED"),
        (Answer(404, b"{}"), "CONNECTOR_REFUSED"),
        (Answer(302, b""), "CONNECTOR_REFUSED"),
        (Answer(403, b"{}"), "CONNECTOR_UNAUTHORIZED"),
        (people(row(1, at="soon")), "CONNECTOR_CURSOR_INVALID"),
    ],
)
async def test_what_does_not_pass_stops_at_once(answer: Answer, code: str) -> None:
    kept = Kept()
    with pytest.raises(ConnectorStopped) as stopped:
        await walk(kept, answer)
    assert (stopped.value.code, kept.pauses, kept.items) == (code, [], [])
    assert "soon" not in stopped.value.message


async def test_a_bad_row_costs_nobody_else_and_is_put_aside_once() -> None:
    kept = Kept()
    await walk(kept, people(row(1), {"at": "2026-01-01"}, "text", row(2)))
    assert [one["key"] for one in kept.items] == ["k1", "k2"]
    assert [one.code for one in kept.letters] == ["FIELD_MISSING", "ROW_NOT_OBJECT"]
    assert (kept.state.counts["aside"], kept.state.aside_bytes) == (2, 2)


async def test_a_record_without_its_time_is_no_item() -> None:
    kept = Kept()
    await walk(kept, people({"id": "k1", "at": None}))
    assert [(one.code, one.path) for one in kept.letters] == [("FIELD_MISSING", "revision")]


async def test_a_page_of_bad_rows_is_a_field_that_was_renamed() -> None:
    kept = Kept()
    renamed = [{"ident": n, "at": "2026-01-01"} for n in range(5)]
    with pytest.raises(ConnectorStopped, match="at key") as stopped:
        await walk(kept, people(*renamed))
    assert stopped.value.code == "CONNECTOR_ROWS_REFUSED"
    assert (kept.state, kept.letters, kept.items) == (PullState(), [], [])


async def test_what_the_instance_refuses_of_all_rows_stops() -> None:
    kept = Kept(outcome=Outcome("REFUSED", "UNKNOWN_TRAIT"))
    with pytest.raises(ConnectorStopped, match="UNKNOWN_TRAIT"):
        await walk(kept, people(row(1)))
    assert kept.state == PullState()


async def test_a_walk_of_other_pages_begins_anew_from_the_cursor() -> None:
    kept = Kept()
    with pytest.raises(IndexError):
        await walk(kept, people(*map(row, range(5))))
    assert kept.state.walk is not None
    other = parse_connector(
        TEXT.replace("{offset: {limit: 5}}", "{page: {limit: 5}}").replace("{offset}", "{page}"),
        "crm",
    )
    web = await walk(kept, people(row(9)), connector=other)
    assert "offset=1&" in web.asked[0]
