"""Whether a delivery is of its source, by what vendors publish and by what may be changed."""

import base64
import hashlib
import hmac

import pytest
from c360_connectors.reading.connector import parse_connector
from c360_connectors.receiving.bodies import Reading, Seal
from c360_connectors.receiving.delivery import Delivery, DeliveryRefused
from c360_connectors.receiving.signature import Sorted, Where
from c360_connectors.refusals import ConnectorInvalid
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.signatures import made_secret, read_secret, signed_headers
from hypothesis import given
from hypothesis import strategies as st

# The example of WeCom's own library for callbacks (sbzhu/weworkapi_python, Sample.py).
TOKEN, COMPANY = "QDG6eK", "wx5823bf96d3bd56c7"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
SIGNED = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": ECHO,
}
SECRETS = {"secret.token": [TOKEN], "secret.aes-key": [AES_KEY]}
QUERY = {name: Where("query", name) for name in SIGNED}

TEXT = """\
connector: shop
source: web
receive:
  signature:
    digest: {algorithm: hmac-sha256, header: x-signature, secret: key, prefix: "v1=",
      signed: "{timestamp}.{body}"}
  timestamp: {header: x-timestamp, tolerance: 1m}
  rows: {path: ""}
mapping: {kind: records, key: id, observedAt: at}
"""
RECEIVE = parse_connector(TEXT, "shop").receive
NOW = 1_732_755_448_000
KEYS = {"secret.key": ["s1gn", "0ld"]}


def delivery(body: bytes, signature: str, at: str = str(NOW // 1_000), **more: str) -> Delivery:
    headers = {"x-signature": signature, "x-timestamp": at, **more}
    return Delivery("POST", "https://c.example/connect/shop", {}, headers, body)


def signed(body: bytes, at: int = NOW // 1_000, key: str = "s1gn") -> str:
    return "v1=" + hmac.new(key.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()


def test_the_published_example_of_wecom_is_known_and_opened() -> None:
    asked = Delivery("GET", "", SIGNED, {}, b"")
    others = [QUERY["timestamp"], QUERY["nonce"]]
    one = Sorted(QUERY["msg_signature"], "token", others, lambda asked: asked.query["echostr"])
    one.admit(asked, SECRETS)
    assert Seal("aes-key", COMPANY).open(ECHO, SECRETS) == b"1616140317555161061"
    with pytest.raises(DeliveryRefused):
        Seal("aes-key", "wx0000000000000000").open(ECHO, SECRETS)
    with pytest.raises(DeliveryRefused):
        one.admit(Delivery("GET", "", {**SIGNED, "nonce": "263014781"}, {}, b""), SECRETS)


@given(sealed=st.binary(max_size=200))
def test_what_is_not_encrypted_for_us_is_refused(sealed: bytes) -> None:
    with pytest.raises(DeliveryRefused):
        Seal("aes-key", COMPANY).open(base64.b64encode(sealed).decode(), SECRETS)


@given(body=st.binary(max_size=60), at=st.integers(0, 59), bit=st.integers(0, 7))
def test_one_bit_changed_is_another_delivery(body: bytes, at: int, bit: int) -> None:
    assert RECEIVE is not None
    RECEIVE.admit(delivery(body, signed(body)), KEYS, NOW)
    RECEIVE.admit(delivery(body, f"v1=00 {signed(body, key='0ld')}"), KEYS, NOW)
    if at < len(body):
        changed = bytearray(body)
        changed[at] ^= 1 << bit
        with pytest.raises(DeliveryRefused):
            RECEIVE.admit(delivery(bytes(changed), signed(body)), KEYS, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        delivery(b"x", signed(b"x").removeprefix("v1=")),
        delivery(b"x", "v1="),
        delivery(b"x", ""),
        delivery(b"x", signed(b"x", key="other")),
        delivery(b"x", signed(b"x"), str(NOW // 1_000 + 1)),
        delivery(b"x", signed(b"x", NOW // 1_000 - 61), str(NOW // 1_000 - 61)),
        delivery(b"x", signed(b"x"), "now"),
        delivery(b"x", signed(b"x"), "1" * 5_000),
        Delivery("POST", "", {}, {"x-signature": signed(b"x")}, b"x"),
    ],
)
def test_what_is_missing_old_or_of_another_secret_is_refused(wrong: Delivery) -> None:
    assert RECEIVE is not None
    with pytest.raises(DeliveryRefused):
        RECEIVE.admit(wrong, KEYS, NOW)


@pytest.mark.parametrize(
    ("was", "put", "why"),
    [
        ('"{timestamp}.{body}"', '"{timestamp}"', "has {body} in it"),
        ('"{timestamp}.{body}"', '"{body}"', "does not sign the timestamp"),
        ('"{timestamp}.{body}"', '"{id}{timestamp}{body}"', "there is no value {id} here"),
        ("hmac-sha256", "hmac-sha3", "must be one of hmac-sha1, hmac-sha256, hmac-sha512, md5"),
        ("secret: key,", "secret: key, secret_as: base32,", "must be one of base64, hex, text"),
        ("algorithm: hmac-sha256", "algorithm: md5", "secret belongs to an hmac"),
        ("secret: key, ", "", "needs 'secret'"),
        ("header: x-signature", "haeder: x-signature", "unknown key 'haeder'"),
        ("tolerance: 1m", "tolerance: soon", "a length of time is written as"),
        (
            "receive:",
            "receives:",
            "unknown key 'receives' in the connector, did you mean 'receive'",
        ),
    ],
)
def test_a_signature_that_keeps_nobody_out_is_refused(was: str, put: str, why: str) -> None:
    with pytest.raises(ConnectorInvalid) as refused:
        parse_connector(TEXT.replace(was, put), "shop")
    assert why in refused.value.message


def test_a_time_in_a_header_is_not_the_signed_one_of_the_query() -> None:
    sorted_ones = "sorted: {query: signature, secret: key, with: [timestamp, nonce]}"
    text = f"""\
connector: shop
source: web
receive:
  signature: {{{sorted_ones}}}
  timestamp: {{header: timestamp}}
  encrypted: {{key: aes-key, receiver: {COMPANY}}}
  rows: {{path: ""}}
mapping: {{kind: records, key: id, observedAt: at}}
"""
    with pytest.raises(ConnectorInvalid, match="does not sign the timestamp"):
        parse_connector(text, "shop")
    assert parse_connector(text.replace("{header: t", "{query: t"), "shop").receive is not None


def _receive(signature: str, more: str = ""):
    text = f"""\
connector: pay
source: web
receive:
  signature: {signature}
{more}  rows: {{path: ""}}
mapping: {{kind: records, key: id, observedAt: at}}
"""
    return parse_connector(text, "pay").receive


def test_a_signature_and_its_time_may_be_parts_of_one_header() -> None:
    # As Stripe writes it: docs.stripe.com/webhooks#verify-manually.
    receive = _receive(
        "{digest: {algorithm: hmac-sha256, header: Stripe-Signature, part: v1, secret: key,"
        ' signed: "{timestamp}.{body}"}}',
        "  timestamp: {header: Stripe-Signature, part: t}\n",
    )
    body, at = b'{"id": "evt_1"}', str(NOW // 1_000)
    right = hmac.new(b"s1gn", f"{at}.".encode() + body, hashlib.sha256).hexdigest()

    def sent(header: str, content: bytes = body) -> Delivery:
        return Delivery("POST", "", {}, {"stripe-signature": header}, content)

    receive.admit(sent(f"t={at},v1={right},v0=00"), KEYS, NOW)
    receive.admit(sent(f"t={at}, v1=00, v1={right}"), KEYS, NOW)
    late = str(NOW // 1_000 - 301)
    for wrong in (
        sent(f"t={at},v0={right}"), sent(f"v1={right}"), sent(right), sent(f"t={at},v1="),
        sent(f"t={late},v1={right}"), sent(f"t={late},t={at},v1={right}"),
        sent(f"t={at},v1={right}", body + b" "),
    ):  # fmt: skip
        with pytest.raises(DeliveryRefused):
            receive.admit(wrong, KEYS, NOW)


def test_what_we_send_ourselves_is_known_by_standard_webhooks() -> None:
    receive = _receive(
        '{digest: {algorithm: hmac-sha256, header: webhook-signature, prefix: "v1,", secret: key,'
        ' secret_as: base64, encoding: base64, signed: "{id}.{timestamp}.{body}"}}',
        "  timestamp: {header: webhook-timestamp}\n  id: {header: webhook-id}\n",
    )
    old, new = made_secret(), made_secret()
    headers = signed_headers("m1", NOW // 1_000, b"{}", [read_secret(new), read_secret(old)])
    for held in (old, new):
        receive.admit(Delivery("POST", "", {}, headers, b"{}"), {"secret.key": [held]}, NOW)
    with pytest.raises(DeliveryRefused):
        other = {"secret.key": [made_secret()]}
        receive.admit(Delivery("POST", "", {}, headers, b"{}"), other, NOW)
    unsigned = signed_headers("m1", NOW // 1_000, b"{}", [b""])
    for written in ("whsec_?", "whsec_"):
        with pytest.raises(SettingsError, match="not written as base64"):
            broken = {"secret.key": [written]}
            receive.admit(Delivery("POST", "", {}, unsigned, b"{}"), broken, NOW)


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("{header: x-gitlab-token, secret: key}", "s1gn"),
        ('{header: authorization, prefix: "Bearer ", secret: key}', "Bearer s1gn"),
        (
            '{header: authorization, prefix: "Basic ", encoding: base64, secret: key}',
            "Basic czFnbg==",
        ),
    ],
)
def test_a_source_may_show_a_token_and_nothing_else(signature: str, shown: str) -> None:
    receive = _receive(f"{{token: {signature}}}")
    name = "x-gitlab-token" if "gitlab" in signature else "authorization"

    def sent(text: str) -> Delivery:
        return Delivery("POST", "", {}, {name: text} if text else {}, b"{}")

    receive.admit(sent(shown), KEYS, NOW)
    for wrong in ("", "s1gn ", f"{shown}x", shown.lower()[:-1], "Bearer ", "Basic "):
        with pytest.raises(DeliveryRefused):
            receive.admit(sent(wrong), KEYS, NOW)


def test_a_token_signs_no_time() -> None:
    with pytest.raises(ConnectorInvalid, match="does not sign the timestamp"):
        _receive("{token: {header: x-token, secret: key}}", "  timestamp: {header: x-at}\n")


def test_md5_is_not_enough_by_itself() -> None:
    weak = TEXT.replace("hmac-sha256", "md5").replace("secret: key, ", "")
    weak = weak.replace('"{timestamp}.{body}"', '"{timestamp}{body}{secret.key}"')
    with pytest.raises(ConnectorInvalid, match="weak by itself"):
        parse_connector(weak, "shop")
    named = parse_connector(weak.replace("  rows:", "  networks: [10.0.0.0/8]\n  rows:"), "shop")
    assert named.receive is not None
    digest = "v1=" + hashlib.md5(f"{NOW // 1_000}xs1gn".encode()).hexdigest()
    there = delivery(b"x", digest)
    inside = Delivery("POST", "", {}, there.headers, b"x", "10.1.2.3")
    named.receive.admit(inside, KEYS, NOW)
    for address in ("11.1.2.3", "", "nobody"):
        with pytest.raises(DeliveryRefused, match="other addresses"):
            named.receive.admit(Delivery("POST", "", {}, there.headers, b"x", address), KEYS, NOW)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"<xml", b"<!DOCTYPE a><a/>", b"<!  ENTITY a 'b'>", b"<a>&b;</a>"],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    for form in ("json", "xml"):
        with pytest.raises(DeliveryRefused):
            Reading(form).content(body, {})


DECLARED = '<!DOCTYPE a [<!ENTITY b "c">]><a><Encrypt>&b;</Encrypt></a>'


@pytest.mark.parametrize(
    "body",
    [
        # Bytes in which a declaration is not spelled as in UTF-8.
        f'<?xml version="1.0" encoding="utf-16"?>{DECLARED}'.encode("utf-16"),
        b"<a>" * 5_000 + b"</a>" * 5_000,
    ],
)
def test_what_is_read_before_its_sender_is_known_does_no_harm(body: bytes) -> None:
    with pytest.raises(DeliveryRefused):
        Reading("xml").sealed_of(Delivery("POST", "", {}, {}, body))


def test_parts_of_xml_are_found_by_their_names_however_many_there_are() -> None:
    names = [f"n{number}" for number in range(15_000)]
    body = "".join(f"<{name}>{name}</{name}>" for name in [*names, "n0"])
    content = Reading("xml").content(f"\ufeff<xml>{body}</xml>".encode(), {})
    assert content == {name: name for name in names} | {"n0": ["n0", "n0"]}


def test_a_part_that_nothing_leads_to_is_refused() -> None:
    with pytest.raises(ConnectorInvalid, match="needs 'pull', 'receive' or 'topic'"):
        parse_connector("connector: a\nsource: b\n", "a")
    with pytest.raises(ConnectorInvalid, match="fetch is of what is received"):
        parse_connector(
            "connector: a\nsource: b\nfetch: {}\npull: {request: {url: https://x.example}, "
            "rows: {path: a}}\n",
            "a",
        )
