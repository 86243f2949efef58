"""JSON signed apart from it: RFC 7515 and RFC 8037 by their own example, RFC 8785."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from c360_kernel.errors import Invalid
from c360_kernel.jws import PublicKey, canonical, signed_apart, verify
from c360_kernel.signing import SigningKeys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

# RFC 8037, appendix A.
SECRET = urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
OLD, NEW = b"o" * 32, b"n" * 32
VALUE = {"b": ["x", None], "a": {"e": "€"}}

plain = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab_", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def refused(signature: str, value: object, *keys: PublicKey, type_: str = "t") -> str:
    with pytest.raises(Invalid) as error:
        verify(signature, type_, value, keys)
    return error.value.code


def test_a_key_is_named_as_the_standard_names_it() -> None:
    key = PublicKey.of(SECRET)
    assert (key.jwk["x"], key.id) == (X, THUMBPRINT)
    assert PublicKey.read(key.jwk) == key


def test_a_form_is_the_one_of_the_standard() -> None:
    # RFC 8785, section 3.2.2, but for its numbers.
    text = '{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","a":[null,true]}'
    expected = '{"a":[null,true],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(json.loads(text)) == expected.encode()


@given(plain)
def test_what_was_signed_is_believed_however_it_is_laid_out(value: object) -> None:
    signature = signed_apart(SECRET, "t", value)
    verify(signature, "t", json.loads(json.dumps(value, indent=3)), [PublicKey.of(SECRET)])


@given(plain, plain)
def test_nothing_else_is(value: object, other: object) -> None:
    signature, key = signed_apart(SECRET, "t", value), PublicKey.of(SECRET)
    if canonical(value) != canonical(other):
        assert refused(signature, other, key) == "SIGNATURE_INVALID"


def test_any_library_verifies_it() -> None:
    header, _, signed = signed_apart(SECRET, "t", {"a": "b"}).split(".")
    assert json.loads(urlsafe_b64decode(header + "==")) == {
        "alg": "EdDSA",
        "kid": THUMBPRINT,
        "typ": "t",
    }
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(X + "="))
    key.verify(urlsafe_b64decode(signed + "=="), f"{header}.eyJhIjoiYiJ9".encode())


def test_a_signature_is_of_its_type_and_key() -> None:
    signature, key = signed_apart(OLD, "t", "x"), PublicKey.of(OLD)
    assert refused(signature, "x", key, type_="other") == "SIGNATURE_KEY_UNKNOWN"
    assert refused(signature, "x", PublicKey.of(NEW)) == "SIGNATURE_KEY_UNKNOWN"
    assert refused(signature, "x") == "SIGNATURE_KEY_UNKNOWN"


@pytest.mark.parametrize("cut", ["", "..", "a..b", "x" * 2_000, "{}"])
def test_what_is_no_signature_is_refused(cut: str) -> None:
    code = refused(cut, "x", PublicKey.of(OLD))
    assert code in ("SIGNATURE_INVALID", "SIGNATURE_KEY_UNKNOWN")


def test_a_signature_has_one_spelling() -> None:
    signature, key = signed_apart(OLD, "t", "x"), PublicKey.of(OLD)
    for other in (f"{signature}=", f"{signature}\n", signature[:-1], f"{signature}A"):
        assert refused(other, "x", key) == "SIGNATURE_INVALID"
    swapped = chr(ord(signature[-1]) ^ 1)
    assert refused(signature[:-1] + swapped, "x", key) == "SIGNATURE_INVALID"


@pytest.mark.parametrize("value", [1, 1.5, {"é": "x"}, {1: "x"}, "\ud800", b"x", ("a",)])
def test_what_has_no_canonical_form_here_is_not_signed(value: object) -> None:
    with pytest.raises(Invalid) as error:
        signed_apart(OLD, "t", value)
    assert error.value.code == "JSON_NOT_CANONICAL"


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        {},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": X[:-4]},
        {"kty": "OKP", "crv": "X25519", "x": X},
        {"kty": "OKP", "crv": "Ed25519", "x": 7},
    ],
)
def test_what_is_no_key_is_refused(jwk: object) -> None:
    with pytest.raises(Invalid) as error:
        PublicKey.read(jwk)
    assert error.value.code == "JWK_INVALID"


def test_a_key_that_was_rotated_out_is_believed_still() -> None:
    of_before = SigningKeys((OLD,)).signed_apart("t", VALUE)
    rotating, after = SigningKeys((NEW, OLD)), SigningKeys((NEW,), (PublicKey.of(OLD).raw,))
    for keys in (rotating, after):
        verify(of_before, "t", VALUE, keys.public)
        assert keys.signed_apart("t", VALUE) == signed_apart(NEW, "t", VALUE)
    assert refused(of_before, VALUE, *SigningKeys((NEW,)).public) == "SIGNATURE_KEY_UNKNOWN"
