"""Claims that are let through without the registry are claims that the registry lets through."""

import pytest
from c360_gateway.auth.errors import TokenRefused
from c360_gateway.auth.issuers import AUDIENCE, LOCAL_ISSUER, local_issuer
from c360_gateway.auth.trusted import Trusted
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey

NOW = 1_000_000
KEY = OctKey.import_key(b"k" * 32, {"kid": "local", "alg": "HS256", "use": "sig"})
PLAIN = {
    "iss": LOCAL_ISSUER,
    "aud": AUDIENCE,
    "sub": "ann",
    "exp": NOW + 1,
    "iat": NOW,
    "jti": "",
    "roles": [],
    "purpose": "",
    "sources": [],
}
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", "x", LOCAL_ISSUER, AUDIENCE, [AUDIENCE], ["x", 1], [], {}, 1.5]),
    st.integers(NOW - 40, NOW + 40),
    st.floats(),
)
names = st.sampled_from([*PLAIN, "nbf", "other"])


@pytest.fixture(scope="module")
def trusted():
    issuer = local_issuer(KEY)
    return Trusted(issuer, issuer.keys.current, lambda: NOW + 0.5)


@given(st.dictionaries(names, odd, max_size=3), st.sets(names, max_size=2))
def test_what_is_plain_is_nothing_that_is_refused(trusted, changed, without):
    claims = {key: one for key, one in {**PLAIN, **changed}.items() if key not in without}
    if trusted._are_plain(claims, NOW):
        trusted._judge(claims)
        assert claims["exp"] > NOW


def test_what_is_minted_is_plain(trusted):
    assert trusted._are_plain(PLAIN, NOW)
    assert trusted._are_plain({key: PLAIN[key] for key in PLAIN if key != "jti"}, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "x"},
        {"aud": "x"},
        {"sub": ""},
        {"sub": 1},
        {"exp": NOW},
        {"exp": True},
        {"exp": float("nan")},
        {"iat": NOW + 1},
        {"iat": "1"},
        {"jti": 1},
        {"nbf": 0},
        {"roles": None},
        {"purpose": None},
    ],
)
def test_anything_else_is_judged(trusted, change):
    assert not trusted._are_plain({**PLAIN, **change}, NOW)


def test_so_is_what_lacks_a_claim(trusted):
    for name in PLAIN.keys() - {"jti"}:
        without = {key: one for key, one in PLAIN.items() if key != name}
        assert not trusted._are_plain(without, NOW)
        with pytest.raises(TokenRefused):
            trusted._judge(without)
