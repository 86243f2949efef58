"""A token of a mask is turned back of nobody whom its reader may not be told of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.component.row_world import ROWS, SELLERS, RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
MASKING = """
g, marketer, privacy_officer
p, tokens, *, read, , allow, *, , , tokens-read
p, tokens, tag:email, read, token, allow, *, , , tokens-email
p, tokens, tag:record_key, read, , allow, *, , , tokens-key
p, tokens, operation:ad-hoc, ask, , allow, *, , , tokens-ask
p, clerk, tag:detokenize, read, , allow, *, , , clerk-read
p, clerk, tag:detokenize, write, , allow, *, , , clerk-write
p, clerk, operation:ad-hoc, ask, , allow, *, , , clerk-ask
"""
CLERK = "  clerk: {trait: owner, op: equals, value: $sub}\n"
CONSENT = 'consent:\n  - {object: "tag:email", purposes: [marketing], roles: [marketer]}\n'
SEEN = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  id profile { email } identifiers { email } } }"""
BACK = """mutation($tokens: [String!]!) {
  detokenize(tokens: $tokens, reason: "case 7") { value code } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def row_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("tokens"), ROWS + CLERK + CONSENT, SELLERS + MASKING)
    await world.start(
        record("mine", owner="ann", email="mine@example.com"),
        record("hers", owner="bob", email="hers@example.com"),
    )
    answer = {"source": "crm", "key": "mine", "purpose": "marketing", "status": "GRANTED"}
    await world.consent([{**answer, "at": "2026-01-01T00:00:00Z"}])
    yield world
    await world.close()


async def token_of(row_world: RowWorld, key: str) -> str:
    got = await row_world.ask(SEEN, "tokens", key=key)
    customer = got["data"]["customerByRecord"]
    token = customer["profile"]["email"]
    assert token.startswith("tok_") and customer["identifiers"]["email"] == [token]
    return token


async def back(
    row_world: RowWorld, role: str, token: str, **caller: Any
) -> tuple[str | None, str | None]:
    found = await row_world.ask(BACK, role, tokens=[token, "tok_none"], **caller)
    one, unknown = found["data"]["detokenize"]
    assert unknown == {"value": None, "code": "MASK_TOKEN_UNKNOWN"}
    return one["value"], one["code"]


HIDDEN = (None, "MASK_TOKEN_UNKNOWN")


@pytest.mark.parametrize(
    ("role", "caller", "sees"),
    [
        ("privacy_officer", {}, {"mine", "hers"}),
        ("sales", {"sub": "ann"}, {"mine"}),
        ("sales", {"sub": "bob"}, {"hers"}),
        ("sales", {"sub": "zed"}, set[str]()),
        ("lead", {}, set[str]()),
        ("nobody", {}, set[str]()),
        ("marketer", {"purpose": "service"}, {"mine", "hers"}),
        ("marketer", {"purpose": "marketing"}, {"mine"}),
    ],
)
async def test_a_token_of_whoever_is_hidden_or_does_not_consent_looks_like_none(
    row_world: RowWorld, role: str, caller: dict[str, Any], sees: set[str]
) -> None:
    for key in ("mine", "hers"):
        found = await back(row_world, role, await token_of(row_world, key), **caller)
        assert found == ((f"{key}@example.com", None) if key in sees else HIDDEN)


async def test_what_is_not_read_is_denied_only_of_whom_the_caller_sees(row_world: RowWorld) -> None:
    denied = (None, "MASK_TOKEN_DENIED")
    assert await back(row_world, "clerk", await token_of(row_world, "mine"), sub="ann") == denied
    assert await back(row_world, "clerk", await token_of(row_world, "hers"), sub="ann") == HIDDEN
