"""Tokens: the good one gets in, every forged one does not."""

import base64
import hmac
import json
import stat
import time
import weakref
from contextlib import suppress
from dataclasses import replace

import pytest
from c360_gateway.auth import trusted
from c360_gateway.auth.errors import Reason, Unauthenticated
from c360_gateway.auth.issuers import (
    AUDIENCE,
    LOCAL_ISSUER,
    OidcSettings,
    local_issuer,
    local_key,
    mint,
    oidc_issuer,
)
from c360_gateway.auth.keys import FixedKeys
from c360_gateway.auth.verifier import TokenVerifier
from c360_kernel.errors import SettingsError
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import extract_compact as extract

KEY = OctKey.import_key(b"0" * 32, {"kid": "local"})
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "local"}


def claims(**changed):
    now = int(time.time())
    given = {
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 60,
        "sub": "ann",
        "roles": ["agent"],
        "purpose": "",
        "sources": [],
    }
    given.update(changed)
    return {name: value for name, value in given.items() if value is not ...}


def verify(token, issuers=None):
    return TokenVerifier(issuers or [local_issuer(KEY)]).authenticate(f"Bearer {token}")


def test_a_minted_token_names_its_principal():
    token = mint(KEY, "ann", ["b", "a"], "service", ["crm"])
    principal = verify(token)
    assert (principal.subject, principal.roles, principal.purpose) == ("ann", ("a", "b"), "service")
    assert principal.may_write("crm")
    assert not principal.may_write("erp")


def test_a_star_may_write_every_source():
    assert verify(mint(KEY, "ann", [], sources=["*"])).may_write("anything")


def refused(token):
    with pytest.raises(Unauthenticated) as caught:
        verify(token)
    assert token not in str(caught.value)


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "sub", "roles", "purpose", "sources"])
def test_every_claim_is_essential(name):
    verify(jwt.encode(HEADER, claims(), KEY))
    refused(jwt.encode(HEADER, claims(**{name: ...}), KEY))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"},
        {"aud": "another"},
        {"exp": int(time.time()) - 1},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
        {"sub": ""},
        {"sub": 5},
        {"roles": "agent"},
        {"roles": [1]},
        {"sources": "*"},
        {"purpose": ["service"]},
        {"exp": "soon"},
    ],
)
def test_a_wrong_claim_is_refused(wrong):
    refused(jwt.encode(HEADER, claims(**wrong), KEY))


def test_another_key_type_or_algorithm_is_refused():
    stranger = OctKey.import_key(b"1" * 32, {"kid": "local"})
    refused(jwt.encode(HEADER, claims(), stranger))
    refused(jwt.encode({**HEADER, "typ": "JWT"}, claims(), KEY))
    refused(jwt.encode({**HEADER, "alg": "HS512"}, claims(), KEY, algorithms=["HS512"]))
    body = jwt.encode(HEADER, claims(), KEY).split(".")[1]
    refused(f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}.")


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é", "." * 3, "e30.e30.e30", "W10.W10.W10"])
def test_what_is_no_token_is_refused(token):
    refused(token)


def test_claims_nested_beyond_reading_are_refused():
    refused(f"e30.{b64(b'[' * 5_000)}.e30")


def test_a_token_larger_than_eight_kilobytes_is_refused():
    refused(mint(KEY, "a" * 9_000, []))


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer "])
def test_without_a_bearer_token_nobody_gets_in(header):
    with pytest.raises(Unauthenticated):
        TokenVerifier([local_issuer(KEY)]).authenticate(header)


@pytest.mark.parametrize("scheme", ["Basic", "", "Bearer:", "Bear", "DPoP"])
def test_a_good_token_under_another_scheme_lets_nobody_in(scheme):
    verifier = TokenVerifier([local_issuer(KEY)])
    token = mint(KEY, "ann", [])
    assert verifier.authenticate(f"BEARER {token}") is verifier.authenticate(f"bearer {token}")
    with pytest.raises(Unauthenticated, match="a bearer token is needed"):
        verifier.authenticate(f"{scheme} {token}")


def test_at_the_second_of_its_expiry_a_remembered_token_is_refused():
    now = int(time.time())
    clock = [now]
    verifier = TokenVerifier([local_issuer(KEY)], lambda: clock[0])
    header = f"Bearer {jwt.encode(HEADER, claims(iat=now, exp=now + 10), KEY)}"
    verifier.authenticate(header)
    clock[0] = now + 9
    verifier.authenticate(header)
    clock[0] = now + 10
    with pytest.raises(Unauthenticated):
        verifier.authenticate(header)


def test_so_many_tokens_are_remembered_the_newest_ones(monkeypatch):
    monkeypatch.setattr("c360_gateway.auth.verifier._REMEMBER_MOST", 3)
    verifier = TokenVerifier([local_issuer(KEY)])
    headers = [f"Bearer {mint(KEY, name, [])}" for name in "abcde"]
    first = [verifier.authenticate(header) for header in headers]
    again = [verifier.authenticate(header) for header in reversed(headers)]
    remembered = [one is other for one, other in zip(first, reversed(again), strict=True)]
    assert remembered == [False, False, True, True, True]


def test_a_token_that_nobody_showed_for_a_minute_is_not_kept():
    clock = [time.time()]
    verifier = TokenVerifier([local_issuer(KEY)], lambda: clock[0])
    gone = weakref.ref(verifier.authenticate(f"Bearer {mint(KEY, 'ann', [])}").validity)
    clock[0] += 59
    verifier.authenticate(f"Bearer {mint(KEY, 'bob', [])}")
    assert gone() is not None
    clock[0] += 1
    verifier.authenticate(f"Bearer {mint(KEY, 'eve', [])}")
    assert gone() is None


class _CountingKeys(FixedKeys):
    wanted = 0

    def want(self):
        self.wanted += 1


def test_keys_are_wanted_for_an_unknown_one_alone():
    keys = _CountingKeys(KeySet([KEY]))
    verifier = TokenVerifier([replace(local_issuer(KEY), keys=keys)])
    stranger = OctKey.import_key(b"1" * 32, {"kid": "stranger"})
    for wanted, token in (
        (0, mint(KEY, "ann", [])),
        (0, jwt.encode(HEADER, claims(aud="another"), KEY)),
        (0, "x.y.z"),
        (1, jwt.encode({**HEADER, "kid": "stranger"}, claims(), stranger)),
    ):
        with suppress(Unauthenticated):
            verifier.authenticate(f"Bearer {token}")
        assert keys.wanted == wanted


def test_a_verified_token_is_remembered_but_never_beyond_its_expiry():
    clock = [time.time()]
    verifier = TokenVerifier([local_issuer(KEY)], lambda: clock[0])
    header = f"Bearer {mint(KEY, 'ann', [], lifetime_s=50)}"
    assert verifier.authenticate(header) is verifier.authenticate(header)
    clock[0] += 51
    with pytest.raises(Unauthenticated):
        verifier.authenticate(header)


def test_a_remembered_token_is_checked_again_after_a_minute():
    clock = [time.time()]
    verifier = TokenVerifier([local_issuer(KEY)], lambda: clock[0])
    header = f"Bearer {mint(KEY, 'ann', [])}"
    first = verifier.authenticate(header)
    clock[0] += 61
    again = verifier.authenticate(header)
    assert again is not first
    assert again == first


def test_the_local_key_is_made_once_and_private(tmp_path):
    file = tmp_path / "issuer.key"
    first = local_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert local_key(file).raw_value == first.raw_value
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="600"):
        local_key(file)
    assert {one.name for one in tmp_path.iterdir()} == {"issuer.key", "issuer.held"}


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def provider(tmp_path, key, **settings):
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    return oidc_issuer(OidcSettings("https://idp.test", file, **settings))


def test_a_provider_is_trusted_by_its_public_keys(tmp_path):
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    issuer = provider(tmp_path, key)
    header = {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    token = jwt.encode(header, claims(iss="https://idp.test"), key)
    assert verify(token, [local_issuer(KEY), issuer]).subject == "ann"


def test_a_public_key_is_no_hmac_secret(tmp_path):
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    issuer = provider(tmp_path, key)
    parts = [{**HEADER, "kid": "k1"}, claims(iss="https://idp.test")]
    signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
    forged = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    token = f"{signed}.{b64(forged)}"
    with pytest.raises(Unauthenticated):
        verify(token, [issuer])
    with pytest.raises(SettingsError, match="asymmetric"):
        provider(tmp_path, key, algorithms=("HS256",))
    with pytest.raises(SettingsError, match="asymmetric"):
        provider(tmp_path, key, algorithms=("RS256", "none"))


def test_a_token_of_one_issuer_is_not_checked_with_anothers_key(tmp_path):
    key = ECKey.generate_key("P-256", {"kid": "k1"})
    issuer = provider(tmp_path, key)
    token = jwt.encode({**HEADER, "kid": "local"}, claims(iss="https://idp.test"), KEY)
    with pytest.raises(Unauthenticated):
        verify(token, [local_issuer(KEY), issuer])


def test_a_known_header_vouches_for_no_other_token():
    verifier = TokenVerifier([local_issuer(KEY)])
    token = mint(KEY, "ann", ["support_agent"])
    assert verifier.authenticate(f"Bearer {token}").subject == "ann"
    header, payload, signature = token.split(".")
    other = b64(json.dumps(claims(sub="eve")).encode())
    for forged in (
        f"{header}.{other}.{signature}",
        f"{header}.{payload}.{b64(b'x' * 32)}",
        f"{header}.{payload}.",
    ):
        with pytest.raises(Unauthenticated):
            verifier.authenticate(f"Bearer {forged}")


def test_an_address_is_not_asked_before_the_start():
    issuer = oidc_issuer(OidcSettings("https://idp.test", "http://127.0.0.1:1/keys"))
    assert not issuer.keys.current


def signed(secret=KEY.raw_value, **more):
    text = ".".join(b64(json.dumps(part).encode()) for part in (HEADER | more, claims()))
    return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"


@pytest.mark.parametrize("more", [{"x": 1}, {"nonce": "n", "rh": "0.A"}], ids=str)
def test_what_a_header_says_beside_is_passed_over(more):
    """As RFC 7515, section 4, has it; some providers add words of their own."""
    assert verify(signed(**more)).subject == "ann"


@pytest.mark.parametrize("more", [{"crit": ["exp"]}, {"x": 1, "crit": ["x"]}], ids=str)
def test_a_header_that_has_to_be_understood_is_refused(more):
    assert verify(signed()).subject == "ann"
    with pytest.raises(Unauthenticated) as caught:
        verify(signed(**more))
    assert caught.value.reason is Reason.MALFORMED


def test_headers_of_forged_tokens_take_no_place_among_the_known_ones(monkeypatch):
    read = []
    monkeypatch.setattr(trusted, "extract_compact", lambda one: read.append(1) or extract(one))
    verifier = TokenVerifier([local_issuer(KEY)])
    for number in range(150):
        with pytest.raises(Unauthenticated):
            verifier.authenticate(f"Bearer {signed(b'1' * 32, cty=str(number))}")
    del read[:]
    for name in "abc":
        verifier.authenticate(f"Bearer {mint(KEY, name, [])}")
    assert len(read) == 1


def test_a_file_that_is_no_jwks_stops_the_start(tmp_path):
    file = tmp_path / "jwks.json"
    file.write_text("{}")
    with pytest.raises(SettingsError, match="JWKS"):
        oidc_issuer(OidcSettings("https://idp.test", file))
