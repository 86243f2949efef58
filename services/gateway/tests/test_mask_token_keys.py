"""Tokens stay readable: the key that seals them is rotated by hand, and never lost in silence."""

import secrets

import pytest
from c360_gateway.assembly.keys import mask_tokens
from c360_gateway.settings import GatewaySettings
from c360_kernel import held_keys
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


def refused(keys):
    with pytest.raises(SettingsError) as error:
        opened(keys)
    return error.value


def test_another_key_in_its_place_is_refused_and_named(keys):
    key, aside = keys / "mask-tokens.key", keys / "aside"
    put(key)
    token = opened(keys).seal(PHONE)
    key.rename(aside)
    put(key)
    for _ in range(2):
        error = refused(keys)
        assert error.code == "KEY_REPLACED"
        assert str(key) in error.message
        assert "mask-tokens.held" in error.message
    aside.rename(key)
    assert opened(keys).open(token) == PHONE


def test_another_key_of_before_is_refused_and_named(keys):
    key, previous = keys / "mask-tokens.key", keys / "mask-tokens.previous.key"
    put(key)
    opened(keys)
    put(previous)
    assert refused(keys).code == "KEY_REPLACED"
    assert str(previous) in refused(keys).message
    previous.unlink()
    key.rename(previous)
    put(key)
    opened(keys)
    previous.unlink()
    opened(keys)


def test_the_key_of_a_back_up_is_not_taken_for_the_one_of_today(keys):
    key, previous = keys / "mask-tokens.key", keys / "mask-tokens.previous.key"
    put(key)
    opened(keys)
    first = key.read_text()
    key.rename(previous)
    put(key)
    opened(keys)
    key.write_text(first)
    assert refused(keys).code == "KEY_REPLACED"


def test_a_key_of_before_there_were_check_values_is_taken_up(keys):
    key, previous = keys / "mask-tokens.key", keys / "mask-tokens.previous.key"
    put(key)
    put(previous)
    (keys / "mask-tokens.held").touch()
    opened(keys)
    held = (keys / "mask-tokens.held").read_text()
    assert len(held.split()) == 2
    assert key.read_text() not in held
    put(key)
    assert refused(keys).code == "KEY_REPLACED"


def test_a_check_value_that_is_none_lets_no_key_pass(keys):
    put(keys / "mask-tokens.key")
    opened(keys)
    (keys / "mask-tokens.held").write_bytes(b"\xff cut")
    assert refused(keys).code == "KEY_REPLACED"


def test_where_nothing_can_be_written_keys_are_used_as_they_are_mounted(keys, monkeypatch):
    put(keys / "mask-tokens.key")

    def full(*_):
        raise OSError

    monkeypatch.setattr(held_keys, "replace_whole", full)
    assert opened(keys).open(opened(keys).seal(PHONE)) == PHONE


def test_of_keys_that_are_mounted_the_data_directory_holds_the_check_values(keys, monkeypatch):
    monkeypatch.setattr("c360_kernel.held_keys.os.access", lambda *_: False)
    key = keys / "mask-tokens.key"
    put(key)
    opened(keys)
    assert list(keys.iterdir()) == [key]
    put(key)
    assert refused(keys).code == "KEY_REPLACED"
    key.unlink()
    assert refused(keys).code == "KEY_MISSING"
