"""A caller context serves one request to one subgraph, once."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from c360_kernel import context
from c360_kernel.context import (
    CallerContext,
    CallerRefused,
    SubgraphKeys,
    UsedTokens,
    sign_context,
    verify_context,
)
from c360_kernel.visibility import NOTHING, Visibility
from joserfc import jwt
from joserfc.jwk import OctKey

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = SubgraphKeys("new", {"old": OLD, "new": NEW})
CALLER = CallerContext("ann", ("agent",), "service", "v1", "country=NO", "trace")
BODY = b'{"query":"{me}"}'


def verify(token: str, audience: str = "identity", body: bytes = BODY) -> CallerContext:
    return verify_context(token, audience, body, KEYS, UsedTokens())


def test_what_was_signed_is_what_is_read() -> None:
    assert verify(sign_context(CALLER, "identity", BODY, KEYS)) == CALLER
    nobody = replace(CALLER, roles=(), purpose="", predicate="", trace_id="")
    assert verify(sign_context(nobody, "identity", BODY, KEYS)) == nobody


def test_the_key_before_the_current_one_is_still_taken() -> None:
    rotating = SubgraphKeys("old", {"old": OLD})
    assert verify(sign_context(CALLER, "identity", BODY, rotating)) == CALLER


@pytest.mark.parametrize(
    ("audience", "body", "keys"),
    [
        ("profile", BODY, KEYS),
        ("identity", BODY + b" ", KEYS),
        ("identity", BODY, SubgraphKeys("new", {"new": b"x" * 32})),
        ("identity", BODY, SubgraphKeys("unknown", {"unknown": NEW})),
    ],
)
def test_another_audience_body_or_key_is_refused(
    audience: str, body: bytes, keys: SubgraphKeys
) -> None:
    with pytest.raises(CallerRefused):
        verify(sign_context(CALLER, audience, body, keys))


def signed(change: dict[str, Any], algorithm: str = "HS256") -> str:
    """A token of the right key whose claims are others; None leaves one out."""
    claims = jwt.decode(sign_context(CALLER, "identity", BODY, KEYS), OctKey.import_key(NEW)).claims
    values = {name: value for name, value in (claims | change).items() if value is not None}
    key = OctKey.import_key(NEW)
    return jwt.encode({"alg": algorithm, "kid": "new"}, values, key, algorithms=[algorithm])


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti", "sub", "body", "roles"])
def test_a_token_that_leaves_out_what_it_has_to_say_is_refused(name: str) -> None:
    assert verify(signed({})) == CALLER
    with pytest.raises(CallerRefused, match="missing, forged or expired"):
        verify(signed({name: None}))


@pytest.mark.parametrize(
    "change",
    [{"iss": "somebody"}, {"aud": "profile"}, {"exp": "later"}, {"visible": "nonsense"}],
)
def test_a_token_that_says_what_it_must_not_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CallerRefused):
        verify(signed(change))


def test_a_token_of_another_algorithm_is_refused() -> None:
    with pytest.raises(CallerRefused):
        verify(signed({}, "HS512"))


def test_what_may_be_left_out_grants_nothing() -> None:
    names = ("purpose", "policy", "predicate", "visible", "trace")
    found = verify(signed(dict.fromkeys(names)))
    assert found == CallerContext(CALLER.principal, CALLER.roles)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(CallerRefused):
        verify(token)


def test_an_expired_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    past = time.time() - context.LIFETIME_S - context.LEEWAY_S - 1
    with monkeypatch.context() as patched:
        patched.setattr(context.time, "time", lambda: past)
        token = sign_context(CALLER, "identity", BODY, KEYS)
        used = UsedTokens(now_s=lambda: past)
    with pytest.raises(CallerRefused, match="expired"):
        verify_context(token, "identity", BODY, KEYS, used)


def test_a_token_is_used_once() -> None:
    used = UsedTokens()
    first = sign_context(CALLER, "identity", BODY, KEYS)
    second = sign_context(CALLER, "identity", BODY, KEYS)
    for token in (first, second):
        verify_context(token, "identity", BODY, KEYS, used)
    for token in (first, second):
        with pytest.raises(CallerRefused, match="used before"):
            verify_context(token, "identity", BODY, KEYS, used)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_full_memory_never_lets_a_replay_in() -> None:
    clock = Clock()
    used = UsedTokens(capacity=10, now_s=clock)
    taken: list[tuple[str, int]] = []
    for number in range(100):
        clock.now += 1
        token = (f"t{number}", int(clock.now) + context.LIFETIME_S)
        assert used.use(*token)
        taken.append(token)
    assert not any(used.use(*token) for token in taken)
    assert len(used) == 10


def test_the_moment_a_token_expires_is_the_last_in_which_it_is_remembered() -> None:
    clock = Clock()
    used = UsedTokens(now_s=clock)
    expires = int(clock.now) + context.LIFETIME_S
    assert used.use("a", expires)
    clock.now = expires + context.LEEWAY_S
    assert not used.use("a", expires)
    assert len(used) == 1


def test_expired_tokens_are_forgotten() -> None:
    clock = Clock()
    used = UsedTokens(now_s=clock)
    assert used.use("a", int(clock.now) + context.LIFETIME_S)
    clock.now += context.LIFETIME_S + context.LEEWAY_S + 1
    assert used.use("b", int(clock.now) + context.LIFETIME_S)
    assert len(used) == 1


def test_a_token_from_before_the_process_began_is_refused() -> None:
    clock = Clock()
    made_before = int(clock.now) + context.LIFETIME_S
    clock.now += context.LEEWAY_S + 1
    assert not UsedTokens(now_s=clock).use("a", made_before)


def test_what_a_caller_may_be_told_of_travels_signed() -> None:
    found = replace(CALLER, visibility=Visibility(frozenset(["Profile.city"]), frozenset()))
    assert verify(sign_context(found, "identity", BODY, KEYS)) == found
    assert verify(sign_context(CALLER, "identity", BODY, KEYS)).visibility == NOTHING
