"""Key files: made once, the same for everybody, refused when exposed or damaged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError
from c360_kernel.keyfile import secret_of


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    made = secret_of(path)
    assert len(made) == 32
    assert secret_of(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret_of(tmp_path / "keys" / "b.key") != made


def test_many_at_once_get_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret_of(path), range(32)))) == 1


@pytest.mark.parametrize(
    ("mode", "text", "code"),
    [
        (0o604, "ab" * 32, "KEY_FILE_EXPOSED"),
        (0o620, "ab" * 32, "KEY_FILE_EXPOSED"),
        (0o600, "ab" * 31, "KEY_FILE_INVALID"),
        (0o600, "not hex", "KEY_FILE_INVALID"),
    ],
)
def test_exposed_and_damaged_files_are_refused(
    tmp_path: Path, mode: int, text: str, code: str
) -> None:
    path = tmp_path / "a.key"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        secret_of(path)
    assert refused.value.code == code


def test_a_group_may_read_a_mounted_secret(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_text("ab" * 32)
    path.chmod(0o440)
    assert secret_of(path) == bytes.fromhex("ab" * 32)
