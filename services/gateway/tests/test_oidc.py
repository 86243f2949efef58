"""Tokens of a provider: every claim where the provider has it, and why one is refused."""

import json
import logging
import time

import pytest
from c360_gateway.auth.claims import MappedClaims, claim_at, read_role_map
from c360_gateway.auth.configured import issuers_of
from c360_gateway.auth.errors import Reason, Unauthenticated
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import SettingsError
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k2"})
IDP = "https://idp.test/"
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}


@pytest.fixture
def verifier(tmp_path):
    """A production verifier over settings; `jwks.json` holds the first key alone."""

    def make(**settings):
        jwks = tmp_path / "jwks.json"
        jwks.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
        gateway_settings = GatewaySettings(
            data=tmp_path, mode="production", oidc_issuer=IDP, oidc_jwks=str(jwks), **settings
        )
        return TokenVerifier(issuers_of(gateway_settings), revoked=gateway_settings.revoked_file)

    return make


def token(header=None, key=KEY, **changed):
    now = int(time.time())
    values = {"iss": IDP, "aud": "c360", "iat": now, "exp": now + 60, "sub": "ann", "roles": ["r"]}
    values |= changed
    given_claims = {name: value for name, value in values.items() if value is not ...}
    used = {**HEADER, **(header or {})}
    return jwt.encode(
        {name: value for name, value in used.items() if value is not ...},
        given_claims, key, algorithms=[used["alg"]],
    )  # fmt: skip


def admitted(verifier, text):
    return verifier.authenticate(f"Bearer {text}")


def reason(verifier, text):
    with pytest.raises(Unauthenticated) as refused:
        admitted(verifier, text)
    assert refused.value.message == "the token is not accepted"
    return refused.value.reason


def test_purpose_sources_and_the_time_of_issue_may_be_left_out(verifier):
    principal = admitted(verifier(), token(iat=...))
    assert (principal.subject, principal.roles, principal.purpose) == ("ann", ("r",), "")
    assert not principal.may_write("crm")


@pytest.mark.parametrize(
    ("claims", "settings"),
    [
        ({"roles": "support extra"}, {}),
        ({"roles": ["support", "extra"]}, {}),
        ({"realm_access": {"roles": ["support", "extra"]}}, "realm_access.roles"),
        ({"resource_access": {"my.app": {"roles": ["support"]}}}, "resource_access.my.app.roles"),
        ({"https://c360.example/roles": ["support"]}, "https://c360.example/roles"),
        ({"scp": "support openid"}, "scp"),
        ({"groups": ["support", "Everyone"]}, "groups"),
    ],
)
def test_roles_are_read_where_the_provider_has_them(verifier, claims, settings):
    where = {"oidc_roles_claim": settings} if settings else {}
    mapped = verifier(oidc_roles_map="support=support_agent", **where)
    assert admitted(mapped, token(**{"roles": ..., **claims})).roles == ("support_agent",)


@pytest.mark.parametrize(
    "expected",
    ["a=x,b=y,a=z", " a = x , b = y , a = z ,", '{"a": ["x", "z"], "b": "y"}'],
)
def test_one_role_may_be_several_of_ours(expected):
    assert read_role_map(expected) == {"a": {"x", "z"}, "b": {"y"}}


@pytest.mark.parametrize("stated", ["a", "a=", "=x", "{", "{]", '{"a": 5}', '{"a": [1]}', "a=x,b"])
def test_a_map_that_is_not_understood_stops_the_start(verifier, stated):
    with pytest.raises(SettingsError, match="C360_OIDC_ROLES_MAP"):
        verifier(oidc_roles_map=stated)


NAMES = st.text("ab./:", min_size=1, max_size=4)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_finds_the_claim_that_stands_there(names):
    claims = ["told"]
    for name in reversed(names):
        claims = {name: claims}
    assert claim_at(claims, ".".join(names)) == ["told"]
    assert claim_at(claims, ".".join([*names, "c"])) is None


@pytest.mark.parametrize("nothing", [{}, {"d": "told"}, {"c": None}, [], "c"])
def test_a_longer_name_that_leads_nowhere_hides_no_shorter_one(nothing):
    assert claim_at({"a.b": nothing, "a": {"b": {"c": "told"}}}, "a.b.c") == "told"


@given(st.lists(st.sampled_from("abcdef")), st.dictionaries(st.sampled_from("abc"), st.just("x")))
def test_a_map_never_lets_an_unknown_role_through(told, known):
    roles_map = read_role_map(json.dumps(known))
    rights = MappedClaims(role_map=roles_map)({"roles": told})
    assert rights.roles <= (set(known.values()) if known else set(told))


def test_purpose_and_sources_are_read_where_the_provider_has_them(verifier):
    named = verifier(oidc_purpose_claim="https://x/purpose", oidc_sources_claim="app.sources")
    values = {"https://x/purpose": "service", "app": {"sources": "crm erp"}, "sources": ["web"]}
    principal = admitted(named, token(**values))
    assert (principal.purpose, principal.sources) == ("service", {"crm", "erp"})


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "JWT", "jwt", ...])
def test_access_tokens_are_taken_by_any_name_of_their_type(verifier, typ):
    assert admitted(verifier(), token({"typ": typ})).subject == "ann"


@pytest.mark.parametrize("typ", ["JWT", ..., "logout+jwt", "id_token", ""])
def test_with_a_strict_setting_only_access_tokens_by_name(verifier, typ):
    strict = verifier(oidc_token_types="at+jwt")
    assert reason(strict, token({"typ": typ})) is Reason.TYPE_REFUSED


@pytest.mark.parametrize(
    "mark",
    [
        {"nonce": "n"}, {"at_hash": "h"}, {"c_hash": "h"}, {"s_hash": "h"}, {"events": {}},
        {"typ": "ID"}, {"typ": "Refresh"}, {"token_use": "id"},
    ],
)  # fmt: skip
def test_an_id_token_is_no_access_token(verifier, mark):
    assert reason(verifier(), token({"typ": "JWT"}, **mark)) is Reason.ID_TOKEN


@pytest.mark.parametrize("mark", [{"typ": "Bearer"}, {"token_use": "access"}])
def test_an_access_token_that_says_so_may_hold_a_nonce(verifier, mark):
    assert admitted(verifier(), token({"typ": "JWT"}, nonce="n", **mark)).subject == "ann"


# Made when the test runs: collecting all tests may take longer than a token lives.
WRONG = [
    (lambda now: "x.y.z", Reason.MALFORMED),
    (lambda now: "x" * 9_000, Reason.TOO_LARGE),
    (lambda now: token(iss="https://evil.test/"), Reason.ISSUER_UNKNOWN),
    (lambda now: token({"kid": "k9"}), Reason.KEY_UNKNOWN),
    (lambda now: token({"kid": "k1"}, OTHER), Reason.SIGNATURE_WRONG),
    (lambda now: token({"alg": "HS256"}, OctKey.import_key(b"0" * 32)), Reason.ALGORITHM_REFUSED),
    (lambda now: token({"alg": "PS256"}, RSAKey.generate_key(2048)), Reason.ALGORITHM_REFUSED),
    (lambda now: token({"typ": "dpop+jwt"}), Reason.TYPE_REFUSED),
    (lambda now: token(aud="another"), Reason.AUDIENCE_WRONG),
    (lambda now: token(exp=now - 60), Reason.EXPIRED),
    (lambda now: token(exp=now + 50, nbf=now + 90), Reason.NOT_YET_VALID),
    (lambda now: token(iat=now + 600, exp=now + 700), Reason.NOT_YET_VALID),
    (lambda now: token(exp=now + 100 * 365 * 86_400), Reason.LIFE_TOO_LONG),
    (lambda now: token(exp=now + 90_000, iat=...), Reason.LIFE_TOO_LONG),
    (lambda now: token(iat=now - 86_400), Reason.LIFE_TOO_LONG),
    (lambda now: token(exp=...), Reason.CLAIM_MISSING),
    (lambda now: token(sub=...), Reason.CLAIM_MISSING),
    (lambda now: token(aud=...), Reason.CLAIM_MISSING),
    (lambda now: token(roles=...), Reason.CLAIM_MISSING),
    (lambda now: token(roles=[5]), Reason.CLAIM_WRONG),
    (lambda now: token(roles={"a": 1}), Reason.CLAIM_WRONG),
    (lambda now: token(purpose=[5]), Reason.CLAIM_WRONG),
    (lambda now: token(sources=5), Reason.CLAIM_WRONG),
    (lambda now: token(sub=5), Reason.CLAIM_WRONG),
    (lambda now: token(jti=5), Reason.CLAIM_WRONG),
]


@pytest.mark.parametrize(("made", "why"), WRONG)
def test_a_refused_token_is_logged_with_its_reason_alone(verifier, caplog, made, why):
    text = made(int(time.time()))
    with caplog.at_level(logging.INFO):
        assert reason(verifier(), text) is why
    entries = [one.getMessage() for one in caplog.records]
    assert entries == [f"token refused: {why}, 1 since the last line"]


def test_a_token_of_the_longest_life_is_taken(verifier):
    now = int(time.time())
    assert admitted(verifier(), token(exp=now + 43_200))
    short = verifier(token_max_life_s=3600)
    assert admitted(short, token(iat=now, exp=now + 3_600))
    assert reason(short, token(iat=now, exp=now + 3_601)) is Reason.LIFE_TOO_LONG


def test_rubbish_does_not_fill_the_log(verifier, caplog):
    found = verifier()
    for number in range(200):
        reason(found, token(aud=str(number)))
    assert len(caplog.records) <= 5


def test_types_that_are_none_stop_the_start(verifier):
    with pytest.raises(SettingsError, match="C360_OIDC_TOKEN_TYPES"):
        verifier(oidc_token_types="JWT,anything")
