"""Connectors are let in by keys of their own, and by nothing else of the file."""

import json
import time

import pytest
from c360_gateway.auth.claims import Rights
from c360_gateway.auth.connectors.file import ConnectorKeys
from c360_gateway.auth.connectors.key import KeyRevoked, NoConnectorKey, make_key, read_line
from c360_gateway.auth.errors import Reason, Unauthenticated
from c360_gateway.auth.issuers import local_issuer, mint
from c360_gateway.auth.line_file import append_line
from c360_gateway.auth.revocation import Revocation, append_revocation
from c360_gateway.auth.verifier import TokenVerifier
from c360_kernel.errors import SettingsError
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey

KEY = OctKey.import_key(b"0" * 32, {"kid": "local", "alg": "HS256", "use": "sig"})
RIGHTS = Rights(frozenset(["connector"]), "", frozenset(["crm"]))
NOW = int(time.time())
_NO_LISTS = ("connector", [1], ["a", "a"], [""])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "connector-keys.jsonl"


def issued(file, connector="crm", rights=RIGHTS, issued_at=NOW, life_s=3_600):
    shown, kept = make_key(connector, rights, issued_at, life_s)
    append_line(file, kept.line())
    return shown, kept


def verifier(file, **more):
    return TokenVerifier([local_issuer(KEY)], connectors=ConnectorKeys(file), **more)


def reason(verifier, shown):
    """Why a key is refused; None if it is not."""
    try:
        verifier.authenticate(f"Bearer {shown}")
    except Unauthenticated as refused:
        return refused.reason
    return None


def test_a_key_lets_its_connector_in_with_its_rights(file):
    shown, kept = issued(file)
    principal = verifier(file).authenticate(f"Bearer {shown}")
    assert (principal.subject, principal.roles) == ("crm", ("connector",))
    assert (principal.sources, principal.expires_at) == (frozenset(["crm"]), kept.expires_at)
    assert principal.may_write("crm")
    assert not principal.may_write("web")


def test_the_file_holds_nothing_to_get_in_by(file):
    shown, _ = issued(file)
    secret = shown.split("_", 2)[2]
    assert secret not in file.read_text()
    assert reason(verifier(file), json.loads(file.read_text())["sha256"]) is Reason.MALFORMED


@given(st.data())
def test_no_other_secret_gets_in(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("keys") / "keys.jsonl"
    shown, _ = issued(file)
    at = data.draw(st.integers(0, len(shown) - 1))
    drawn = data.draw(st.sampled_from("abcXYZ019_-"))
    other = drawn if drawn != shown[at] else "~"
    assert reason(verifier(file), shown[:at] + other + shown[at + 1 :]) is not None
    assert reason(verifier(file), shown[: at or 1]) is not None


def test_two_keys_hold_until_one_is_revoked(file):
    (first, kept), (second, _) = issued(file), issued(file)
    assert [reason(verifier(file), one) for one in (first, second)] == [None, None]
    append_line(file, KeyRevoked(kept.key_id).line())
    assert [reason(verifier(file), one) for one in (first, second)] == [Reason.KEY_UNKNOWN, None]


async def test_a_revoked_key_ends_what_it_began(file):
    shown, kept = issued(file)
    watching = verifier(file)
    principal = watching.authenticate(f"Bearer {shown}")
    assert principal.validity.holds()
    append_line(file, KeyRevoked(kept.key_id).line())
    await watching.refresh()
    assert not principal.validity.holds()
    assert reason(watching, shown) is Reason.KEY_UNKNOWN


async def test_a_key_that_is_added_is_taken_while_running(file):
    watching = verifier(file)
    shown, _ = issued(file)
    assert reason(watching, shown) is Reason.KEY_UNKNOWN
    await watching.refresh()
    assert reason(watching, shown) is None


def test_a_key_expires(file):
    shown, _ = issued(file, issued_at=NOW - 100, life_s=50)
    assert reason(verifier(file), shown) is Reason.EXPIRED


def test_revocations_reach_keys_too(file, tmp_path):
    shown, kept = issued(file)
    revoked = tmp_path / "revoked.jsonl"
    append_revocation(revoked, Revocation(token_id=kept.key_id))
    assert reason(verifier(file, revoked=revoked), shown) is Reason.REVOKED


def test_a_token_cannot_claim_to_be_a_key(file):
    _, kept = issued(file)
    forged = mint(KEY, "crm", ["connector"]).split(".")
    assert reason(verifier(file), f"c360_{kept.key_id}_{'.'.join(forged)}") is not None


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"no json",
        b"{}",
        b'{"revoked": ""}',
        b'{"revoked": "a", "also": "b"}',
        b'{"key": "a", "connector": "crm"}',
    ],
)
def test_a_line_that_is_not_understood_is_refused_at_the_start(file, line):
    file.write_bytes(line + b"\n")
    with pytest.raises(SettingsError) as refused:
        ConnectorKeys(file)
    assert refused.value.code == "CONNECTOR_KEYS_INVALID"


def test_whoever_writes_nothing_names_no_source():
    _, kept = make_key("crm", Rights(frozenset(["mailer"]), "marketing", frozenset()), NOW, 10)
    assert read_line(kept.line().encode()) == kept


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("roles", []),
        *((name, wrong) for name in ("roles", "sources") for wrong in _NO_LISTS),
    ],
)
def test_a_key_that_says_nothing_to_do_is_no_key(name, wrong):
    _, kept = make_key("crm", RIGHTS, NOW, 10)
    line = json.dumps({**json.loads(kept.line()), name: wrong})
    with pytest.raises(NoConnectorKey):
        read_line(line.encode())


async def test_while_a_line_is_not_understood_no_new_key_is_taken(file):
    kept_key, _ = issued(file)
    revoked_key, gone = issued(file)
    watching = verifier(file)
    append_line(file, "no json")
    append_line(file, KeyRevoked(gone.key_id).line())
    added, _ = issued(file)
    await watching.refresh()
    assert reason(watching, kept_key) is None
    assert reason(watching, added) is Reason.KEY_UNKNOWN
    assert reason(watching, revoked_key) is Reason.KEY_UNKNOWN


def test_a_file_that_others_may_write_is_refused(file):
    issued(file)
    file.chmod(0o666)
    with pytest.raises(SettingsError) as refused:
        ConnectorKeys(file)
    assert refused.value.code == "KEY_FILE_EXPOSED"


def test_a_line_is_read_as_it_was_written():
    _, kept = make_key("crm", RIGHTS, NOW, 10)
    assert read_line(kept.line().encode()) == kept
