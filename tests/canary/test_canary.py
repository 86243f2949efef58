"""No output of a whole instance holds a value that policy keeps from whoever reads it."""

from __future__ import annotations

import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import orjson
import pytest
from c360_gateway.audit.client_text import ClientText
from c360_gateway.policy import decisions
from c360_gateway.policy.decisions import ExportPolicy, TablePolicy
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.pipeline import OperationRequest, Pipeline
from c360_gateway.query.prepared_operation import PreparedOperation
from c360_gateway.transport.consent_states import Owner
from c360_gateway.transport.published_consents import LoggedConsentStates
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.cursors import CursorSealer
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_segment.domain.segments import Segment, Segments

from tests.canary.searching import Search
from tests.canary.walking import Walk
from tests.canary.world import Canaries

SAMPLE = 150
STEP = 25
MORE = 100


async def walked(data: Path, count: int, seed: int = 1) -> Walk:
    world = Canaries(data, seed)
    try:
        await world.start()
        walk = Walk(world, seed)
        await walk.send(count)
        await walk.ask()
        await walk.watch()
        await walk.beside()
        return walk
    finally:
        await world.stop()


@pytest.mark.slow
async def test_a_sample_of_operations_gives_nothing_away(tmp_path: Path) -> None:
    findings = (await walked(tmp_path, SAMPLE)).findings
    assert findings.leaks == []
    assert findings.without_advice == set()
    # The walk reaches what it looks for: whoever may see canaries does. How often is chance, and
    # another chance with every field that the schema gets.
    assert findings.seen["privacy_officer"] + findings.seen["support_agent"] > 5
    assert findings.seen["sealed"] == 0
    assert findings.seen["seller"] > 0 and findings.exports > 30


def plain_cursor(self: CursorSealer, connection: str, place: Iterable[object]) -> str:
    return urlsafe_b64encode(orjson.dumps([connection, *place])).decode()


def every_segment(self: Segments, visibility: Visibility) -> Mapping[str, Segment]:
    return self.by_name


def logged(self: Pipeline, received: OperationRequest) -> PreparedOperation:
    logging.getLogger("c360").info("asked %s", received.request.variables)
    return PREPARE(self, received)


async def everybody(self: LoggedConsentStates, owners: Iterable[Owner], _: object) -> set[Owner]:
    return set(owners)


PREPARE = Pipeline._prepare  # pyright: ignore[reportPrivateUsage] - where a request comes in
PLANTS = {
    "a cursor in clear": (CursorSealer, "seal", plain_cursor),
    "a segment for everybody": (Segments, "visible", every_segment),
    "whatever is derived": (decisions, "visibility_of", lambda *_: everything(default_catalog())),
    "an operation's name on record": (ClientText, "name", lambda self, name, text: name),
    "variables in a log line": (Pipeline, "_prepare", logged),
    "everybody's customers": (PolicyTables, "predicate", lambda *_: ""),
    "exports by the right to read": (ExportPolicy, "answering", TablePolicy.answering),
    "consents of everybody": (LoggedConsentStates, "granted", everybody),
}


@pytest.mark.slow
@pytest.mark.parametrize("leak", PLANTS)
async def test_a_planted_leak_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    target, name, leaking = PLANTS[leak]
    # First of all: services take hold of what they call while they are put together.
    monkeypatch.setattr(target, name, leaking)
    world = Canaries(tmp_path, 1)
    try:
        await world.start()
        walk = Walk(world, 1)
        for go_on in _steps(walk):
            await go_on()
            if walk.findings.leaks:
                return
    finally:
        await world.stop()
    pytest.fail("nothing was found")


def _steps(walk: Walk) -> Iterator[Callable[[], Awaitable[None]]]:
    """A walk in small steps, and on for as long as it takes: what comes first is chance."""
    step = partial(walk.send, STEP)
    yield from (step, walk.ask, walk.beside, walk.watch)
    yield from [step] * MORE
    yield walk.beside


@pytest.mark.parametrize(
    "hidden",
    [
        "xqcanaryqx",
        "XQCanaryQX",
        b64encode(b'["a","xqcanaryqx"]').decode(),
        urlsafe_b64encode(b"\xff\xfe xqcanaryqx").decode().rstrip("="),
        b64encode(b64encode(b"....xqcanaryqx....")).decode(),
        b"..xqcanaryqx".hex(),
        '{"a": "\\u0078\\u0071canaryqx"}',
        "%78%71canaryqx",
    ],
)
def test_a_canary_is_found_below_every_spelling(hidden: str) -> None:
    assert Search(["xqcanaryqx"]).found(f'{{"data": "{hidden}"}}') == {"xqcanaryqx"}
    assert Search(["zzother"]).found(hidden) == set()
