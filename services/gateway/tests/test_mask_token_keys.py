"""Tokens stay readable: the key that seals them is rotated by hand, and never lost in silence."""

import secrets

import pytest
from c360_gateway.assembly.keys import mask_tokens
from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import SettingsError
from c360_policy.mask.tokens import Sealed

INSTANCE_KEY = b"an instance key of some length"
PHONE = Sealed("phone", "+8613512345678")


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys").mkdir()
    return tmp_path / "keys"


def opened(keys):
    return mask_tokens(GatewaySettings(data=keys.parent), INSTANCE_KEY)


def put(path):
    path.write_text(secrets.token_hex(32))
    path.chmod(0o600)


def test_who_has_no_key_of_one_s_own_needs_none(keys):
    token = opened(keys).seal(PHONE)
    assert opened(keys).open(token) == PHONE
    assert list(keys.iterdir()) == []


def test_a_key_that_is_gone_is_not_made_up_for_by_the_instance_s(keys):
    key, aside = keys / "mask-tokens.key", keys / "aside"
    put(key)
    token = opened(keys).seal(PHONE)
    key.rename(aside)
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"mask-tokens\.key is gone") as lost:
            opened(keys)
        assert lost.value.code == "KEY_MISSING"
    aside.rename(key)
    assert opened(keys).open(token) == PHONE


def test_a_key_is_rotated_and_given_up_on_purpose(keys):
    key = keys / "mask-tokens.key"
    before = opened(keys).seal(PHONE)
    put(key)
    rotated = opened(keys).seal(PHONE)
    key.rename(keys / "mask-tokens.previous.key")
    with pytest.raises(SettingsError):
        opened(keys)
    put(key)
    assert [opened(keys).open(one) for one in (before, rotated)] == [PHONE, PHONE]
    key.unlink()
    (keys / "mask-tokens.held").unlink()
    assert opened(keys).open(before) == PHONE
    assert opened(keys).seal(PHONE) == before
