"""A model is written whole or not at all, and its version once."""

import os

import pytest
from c360_kernel.errors import Invalid

from c360_cli.commands.model_files import keep_model


def test_a_version_is_written_once(tmp_path):
    path = tmp_path / "scores" / "spring.json"
    keep_model(path, "{}")
    with pytest.raises(Invalid) as refused:
        keep_model(path, "{1}")
    assert refused.value.code == "FILE_UNUSABLE"
    assert path.read_text() == "{}"


def test_of_a_disk_that_runs_full_nothing_is_left(tmp_path, monkeypatch):
    path = tmp_path / "spring.json"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space"):
        keep_model(path, "{}")
    assert list(tmp_path.iterdir()) == []
