"""Fifty SIGKILLs under load, in one process: nothing is lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.set_checker import lose_and_double_nothing

pytestmark = pytest.mark.slow


def test_what_was_acknowledged_is_there_once(tmp_path: Path) -> None:
    lose_and_double_nothing(tmp_path)
