"""An implementation of others verifies what we sign, and nothing that was changed."""

from __future__ import annotations

import base64
import time

import pytest
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.signatures import made_secret, read_secret, secrets_in, signed_headers
from standardwebhooks import Webhook, WebhookVerificationError

_BODY = '{"type":"segment.entered","data":{"customer":"c1","城市":"杭州"}}'.encode()


def _headers(*secrets: str, body: bytes = _BODY, at: int | None = None) -> dict[str, str]:
    now = int(time.time()) if at is None else at
    return dict(signed_headers("msg_1", now, body, [read_secret(one) for one in secrets]))


def test_a_receiver_verifies_it():
    secret = made_secret()
    assert Webhook(secret).verify(_BODY, _headers(secret))["type"] == "segment.entered"


def test_while_a_secret_is_replaced_both_verify():
    new, old = made_secret(), made_secret()
    headers = _headers(new, old)
    assert headers["webhook-signature"].count("v1,") == 2
    Webhook(new).verify(_BODY, headers)
    Webhook(old).verify(_BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made_secret()).verify(_BODY, headers)


def test_what_was_changed_is_not_verified():
    secret = made_secret()
    headers = _headers(secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(_BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(_BODY, headers | {"webhook-id": "msg_2"})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(_BODY, _headers(secret, at=1_000))


def test_the_vector_of_the_specification():
    # From the test data of the reference implementations.
    secret = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
                             [secret])  # fmt: skip
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "whsec_*", "whsec_密", base64.b64encode(bytes(32)).decode(),
     "whsec_" + base64.b64encode(bytes(23)).decode(),
     "whsec_" + base64.b64encode(bytes(65)).decode()],
)  # fmt: skip
def test_what_is_no_secret_is_refused(text: str):
    with pytest.raises(SettingsError) as refused:
        read_secret(text)
    assert refused.value.code == "WEBHOOK_SECRET_INVALID"


def test_secrets_are_read_from_a_file_that_is_its_owners(tmp_path):
    path = tmp_path / "shop.secret"
    with pytest.raises(SettingsError, match="there is no"):
        secrets_in(path)
    path.write_text(f"{made_secret()}\n{made_secret()}\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError) as exposed:
        secrets_in(path)
    assert exposed.value.code == "KEY_FILE_EXPOSED"
    path.chmod(0o600)
    assert len(secrets_in(path)) == 2


def test_a_file_that_holds_no_text_or_cannot_be_read_is_refused_with_a_code(tmp_path):
    path = tmp_path / "shop.secret"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        secrets_in(path)
    assert refused.value.code == "WEBHOOK_SECRET_INVALID"
    path.unlink()
    path.mkdir(0o700)
    with pytest.raises(SettingsError) as refused:
        secrets_in(path)
    assert refused.value.code == "WEBHOOK_SECRET_MISSING"
