"""Trust that is taken back: keys and tokens, while requests, sockets and events go on."""

import asyncio
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from c360_gateway.auth.errors import Reason, Unauthenticated
from c360_gateway.auth.issuers import OidcSettings, local_issuer, local_key, mint, oidc_issuer
from c360_gateway.auth.jwks import MOST_BYTES, JwksFile, JwksInvalid, JwksUrl, key_set
from c360_gateway.auth.keys import LiveKeys
from c360_gateway.auth.revocation import (
    Credential,
    Revocation,
    Revocations,
    append_revocation,
    read_revocation,
)
from c360_gateway.auth.verifier import TokenVerifier
from c360_kernel.errors import SettingsError
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from services.gateway.tests.streams import Socket, listen

IDP = "https://idp.test/"
OLD, NEW = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "new"))
SOON_S = 20.0


def keys(*given_keys):
    return json.dumps(
        KeySet(list(given_keys)).as_dict(private=False) if given_keys else {"keys": []}
    )


def token(key, **changed):
    now = int(time.time())
    claims = {"iss": IDP, "aud": "c360", "iat": now, "exp": now + 600, "sub": "ann", "roles": []}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    return jwt.encode(header, claims | changed, key)


def reason(verifier, text):
    """Why a token is refused; None if it is not."""
    try:
        verifier.authenticate(f"Bearer {text}")
    except Unauthenticated as refused:
        return refused.reason
    return None


@pytest.fixture
def jwks(tmp_path):
    file = tmp_path / "jwks.json"
    file.write_text(keys(OLD))
    return file


@pytest.fixture
def provider(jwks):
    return TokenVerifier([oidc_issuer(OidcSettings(IDP, jwks, max_age_s=0.2))])


async def test_a_removed_key_is_refused_and_a_new_one_taken(provider, jwks):
    old, new = token(OLD), token(NEW)
    principal = provider.authenticate(f"Bearer {old}")
    assert (reason(provider, old), reason(provider, new)) == (None, Reason.KEY_UNKNOWN)
    jwks.write_text(keys(OLD, NEW))
    await provider.refresh()
    assert (reason(provider, old), reason(provider, new)) == (None, None)
    assert principal.validity.holds()
    jwks.write_text(keys(NEW))
    await provider.refresh()
    assert (reason(provider, old), reason(provider, new)) == (Reason.KEY_UNKNOWN, None)
    assert not principal.validity.holds()


async def test_another_key_under_the_same_name_is_another_key(provider, jwks):
    other = ECKey.generate_key("P-256", {"kid": "old"})
    before = token(OLD)
    assert reason(provider, before) is None
    jwks.write_text(keys(other))
    await provider.refresh()
    assert (reason(provider, before), reason(provider, token(other))) == (
        Reason.SIGNATURE_WRONG,
        None,
    )


async def test_a_set_that_is_empty_trusts_nobody(provider, jwks):
    jwks.write_text(keys())
    await provider.refresh()
    assert reason(provider, token(OLD)) is Reason.KEY_UNKNOWN


@pytest.mark.parametrize(
    "strange",
    [
        {"kty": "RSA", "n": "!!", "e": "AQAB"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "x"},
        {"kty": "EC", "crv": "P-999", "x": "a", "y": "b"},
        {"kty": ["RSA"]},
        {},
        None,
        "key",
    ],
    ids=str,
)
async def test_a_key_that_is_not_understood_keeps_no_removed_key_in_place(provider, jwks, strange):
    jwks.write_text(json.dumps({"keys": [strange, *json.loads(keys(NEW))["keys"]]}))
    await provider.refresh()
    assert reason(provider, token(OLD)) is Reason.KEY_UNKNOWN
    assert reason(provider, token(NEW)) is None
    assert await provider.confirmed()


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"keys": 5}', '{"keys": [{}]}', None])
async def test_a_broken_set_keeps_the_last_good_one_for_a_while(provider, jwks, broken, caplog):
    def break_it():
        jwks.unlink() if broken is None else jwks.write_text(broken)

    break_it()
    await provider.refresh()
    assert reason(provider, token(OLD)) is None
    assert not await provider.confirmed()
    assert [one.levelno for one in caplog.records] == [logging.ERROR]
    await asyncio.sleep(0.25)
    await provider.refresh()
    assert reason(provider, token(OLD)) is Reason.KEY_UNKNOWN
    jwks.write_text(keys(OLD))
    await provider.refresh()
    assert reason(provider, token(OLD)) is None
    assert await provider.confirmed()


class _Provider(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.calls += 1
        self.send_response(self.server.status)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def served():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    server.calls, server.status, server.body = 0, 200, keys(OLD).encode()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def test_an_address_is_asked_now_and_then_and_soon_for_a_key_it_did_not_have(served):
    clock = [0.0]
    source = JwksUrl(f"http://127.0.0.1:{served.server_port}/", 300, lambda: clock[0])
    live = LiveKeys(source, 3600, lambda: clock[0])
    assert await live.refresh()
    assert not await live.refresh()
    assert (served.calls, live.confirmed) == (1, True)
    served.body = keys(NEW).encode()
    for _ in range(50):
        live.want()
        assert not await live.refresh()
    clock[0] = 10
    assert await live.refresh()
    assert ([key.kid for key in live.current], served.calls) == (["new"], 2)
    clock[0] = 309
    assert not await live.refresh()
    assert served.calls == 2
    clock[0] = 310
    assert not await live.refresh()
    assert served.calls == 3


@pytest.mark.parametrize(("status", "body"), [(500, b""), (302, b""), (200, b"x"), (404, b"{}")])
async def test_an_address_that_fails_or_leads_elsewhere_is_not_believed(served, status, body):
    clock = [0.0]
    source = JwksUrl(f"http://127.0.0.1:{served.server_port}/", 10, lambda: clock[0])
    live = LiveKeys(source, 3600, lambda: clock[0])
    await live.refresh()
    served.status, served.body, clock[0] = status, body, 10
    assert not await live.refresh()
    assert ([key.kid for key in live.current], live.confirmed) == (["old"], False)
    clock[0] = 3_610
    assert await live.refresh()
    assert not live.current


@pytest.mark.parametrize("body", [keys(NEW) + " " * MOST_BYTES, "x" * (MOST_BYTES + 1)])
async def test_an_answer_larger_than_a_megabyte_is_not_believed(served, body):
    with pytest.raises(JwksInvalid):
        key_set(body.encode())
    served.body = body.encode()
    live = LiveKeys(JwksUrl(f"http://127.0.0.1:{served.server_port}/", 10), 3600)
    assert not await live.refresh()
    assert (bool(live.current), live.confirmed) == (False, False)


async def test_what_does_not_speak_http_is_no_provider():
    async def chatter(_, writer):
        writer.write(b"220 mail.test ready\r\n")
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    live = LiveKeys(JwksUrl(f"http://127.0.0.1:{port}/", 10), 3600)
    assert not await live.refresh()
    assert not live.confirmed
    server.close()


class _Source:
    """A source that is always due, and holds what the test says."""

    def __init__(self, data=None):
        self.data = data

    def due(self):
        return True

    def want(self):
        pass

    def read(self):
        if self.data is None:
            raise OSError
        return self.data


async def test_the_log_says_how_long_keys_are_trusted_still(caplog):
    clock, source = [0.0], _Source()
    live = LiveKeys(source, 100, lambda: clock[0])

    async def stated(now, data=None):
        caplog.clear()
        clock[0], source.data = now, data
        await live.refresh()
        return [one.getMessage().rpartition(": ")[2] for one in caplog.records]

    caplog.set_level(logging.INFO)
    left = "the last good ones are trusted for {} s more".format
    assert await stated(0) == [left(0)]
    assert await stated(59) == []
    assert await stated(60) == [left(0)]
    assert await stated(61, keys(OLD).encode()) == [
        "the identity provider's keys can be read again",
        "the identity provider has 1 keys, 0 are gone",
    ]
    assert await stated(62, keys(OLD).encode()) == []
    assert await stated(70) == [left(100)]
    assert await stated(129) == []
    assert await stated(131) == [left(39)]
    assert await stated(170) == ["none of its tokens is accepted"]
    assert await stated(191) == [left(0)]
    assert not live.current
    assert len(await stated(200, keys(OLD).encode())) == 2
    assert await stated(210) == [left(100)]
    assert await stated(400) == [left(0), "none of its tokens is accepted"]


async def test_the_keys_of_the_local_issuer_are_always_to_be_had():
    local = TokenVerifier([local_issuer(KEY)])
    await local.start()
    assert await local.confirmed()


async def test_before_an_address_answered_nobody_is_trusted():
    live = LiveKeys(JwksUrl("http://127.0.0.1:1/", 300), 3600)
    assert not await live.refresh()
    assert (bool(live.current), live.confirmed) == (False, False)


@pytest.mark.parametrize("address", ["http://idp.test/keys", "ftp://idp.test/keys", "file:///etc"])
def test_an_address_that_others_may_answer_stops_the_start(address):
    with pytest.raises(SettingsError, match="https"):
        oidc_issuer(OidcSettings(IDP, address))


async def test_a_key_file_is_read_when_it_changes_only(jwks, monkeypatch):
    source = JwksFile(jwks)
    live = LiveKeys(source, 60)
    live.read_now()
    monkeypatch.setattr(source, "read", lambda: pytest.fail("read again"))
    assert not await live.refresh()


# revocations

KEY = OctKey.import_key(b"0" * 32, {"kid": "local"})
TEXTS = st.sampled_from("abc")
CREDENTIALS = st.builds(
    Credential, st.none() | TEXTS, TEXTS, st.lists(TEXTS).map(tuple), st.integers(0, 5)
)
REVOCATIONS = st.builds(
    Revocation,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | st.integers(0, 5),
).filter(lambda one: one.token_id or one.subject or one.role)


@given(REVOCATIONS, CREDENTIALS)
def test_a_revocation_takes_back_what_fits_all_that_it_names(revocation, credential):
    expected = (
        revocation.token_id in (None, credential.token_id)
        and revocation.subject in (None, credential.subject)
        and (revocation.role is None or revocation.role in credential.roles)
        and (revocation.issued_before is None or credential.issued_at <= revocation.issued_before)
    )
    assert revocation.covers(credential) == expected
    assert read_revocation(revocation.line().encode()) == revocation


@pytest.fixture
def revoked(tmp_path):
    return tmp_path / "revoked.jsonl"


@pytest.fixture
def local(revoked):
    return TokenVerifier([local_issuer(KEY)], revoked=revoked)


async def test_a_token_is_taken_back_and_given_back(local, revoked):
    ann, eve = mint(KEY, "ann", ["agent"]), mint(KEY, "eve", ["agent"])
    assert (reason(local, ann), reason(local, eve)) == (None, None)
    append_revocation(revoked, Revocation(subject="ann"))
    await local.refresh()
    assert (reason(local, ann), reason(local, eve)) == (Reason.REVOKED, None)
    append_revocation(revoked, Revocation(role="agent", issued_before=int(time.time()) - 60))
    await local.refresh()
    assert (reason(local, ann), reason(local, eve)) == (Reason.REVOKED, None)
    revoked.write_text("")
    await local.refresh()
    assert (reason(local, ann), reason(local, eve)) == (None, None)


async def test_one_token_is_taken_back_by_its_id(local, revoked):
    first, second = mint(KEY, "ann", []), mint(KEY, "ann", [])
    append_revocation(revoked, Revocation(token_id=jwt.decode(first, KEY).claims["jti"]))
    await local.refresh()
    assert (reason(local, first), reason(local, second)) == (Reason.REVOKED, None)


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "5", "{}", '{"issuedBefore": "2026-01-01T00:00:00Z"}', '{"subject": 5}',
        '{"subject": ""}', '{"subject": "x", "sub": "y"}', '{"role": "x", "issuedBefore": "soon"}',
        '{"role": "x", "issuedBefore": "2026-01-01T00:00:00"}', "subject: x", '{"Subject": "x"}',
    ],
)  # fmt: skip
async def test_a_line_that_is_not_understood_gives_nothing_back(local, revoked, line, caplog):
    append_revocation(revoked, Revocation(subject="ann"))
    await local.refresh()
    revoked.write_text(f'{line}\n{{"subject": "eve"}}\n')
    await local.refresh()
    tokens = [mint(KEY, name, []) for name in ("ann", "eve", "bob")]
    assert [reason(local, one) for one in tokens] == [Reason.REVOKED, Reason.REVOKED, None]
    assert any("line 1" in one.getMessage() for one in caplog.records)
    with pytest.raises(SettingsError, match="line 1"):
        TokenVerifier([local_issuer(KEY)], revoked=revoked)


async def test_a_file_that_is_gone_gives_nothing_back(local, revoked, caplog):
    append_revocation(revoked, Revocation(subject="ann"))
    await local.refresh()
    revoked.unlink()
    caplog.clear()
    for _ in range(3):
        await local.refresh()
    assert reason(local, mint(KEY, "ann", [])) is Reason.REVOKED
    assert [one.levelno for one in caplog.records if "kept" in one.getMessage()] == [logging.ERROR]


def test_the_log_says_when_other_tokens_are_taken_back_and_only_then(revoked, caplog):
    revocations = Revocations(revoked)
    append_revocation(revoked, Revocation(subject="ann"))
    assert revocations.refresh()
    revoked.write_text("\n" + revoked.read_text() + "\n")
    assert not revocations.refresh()
    assert [one.getMessage() for one in caplog.records] == ["1 revocations are in force"]


def test_each_revocation_is_a_line_of_its_own(tmp_path):
    file = tmp_path / "none" / "yet" / "revoked.jsonl"
    lines = [Revocation(subject=name) for name in "abc"]
    append_revocation(file, lines[0])
    append_revocation(file, lines[1])
    file.write_text(file.read_text().removesuffix("\n"))
    append_revocation(file, lines[2])
    assert file.read_text() == "".join(f"{one.line()}\n" for one in lines)


async def test_a_revoked_caller_is_cut_off_wherever_they_are(followed_world, change):
    world = followed_world
    held = mint(local_key(world.settings.issuer_key_file), "ann", ["support_agent"], "service")
    query = {"query": '{ customer(id: "c1") { id } }'}
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        socket = Socket(world, token=held)
        await socket.say("connection_init")
        assert await socket.hear() == {"type": "connection_ack"}
        events = listen(world, "support_agent")
        await events.started()
        await change("c1")
        assert (await events.event())[0] == "next"
        append_revocation(world.settings.revoked_file, Revocation(subject="ann"))
        async with asyncio.timeout(SOON_S):
            while (await world.post(query, held)).status_code != 401:
                await asyncio.sleep(0.05)
        await socket.say("subscribe", id="1", payload=query)
        message = await socket.hear()
        assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await change("c2")
        _, payload = await events.event()
        assert "data" not in payload
        assert payload["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await socket.hang_up()


async def test_who_is_refused_is_told_that_and_no_more(world):
    reply = await world.post({"query": "{ __typename }"}, "x.y.z")
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    (error,) = reply.json()["errors"]
    assert error == {
        "message": "the token is not accepted",
        "extensions": {"code": "UNAUTHENTICATED", "retryable": False},
    }
