"""A catalog's file while somebody is writing it."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.watching import CatalogFile
from c360_kernel.errors import SettingsError
from c360_kernel.file_marks import UNCHANGED_S

ONE = "sources: {crm: {priority: 0}}\n"
TWO = "sources: {crm: {priority: 0}, web: {priority: 1}}\n"


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "catalog.yaml"
    found.write_text(ONE)
    return found


def test_what_is_there_at_first_is_whole(file: Path) -> None:
    watched = CatalogFile(file, Clock())
    assert list(watched.look().sources) == ["crm"]
    assert watched.is_whole
    assert watched.text == ONE


def test_what_changed_is_whole_once_it_stays_as_it_is(file: Path) -> None:
    clock = Clock()
    watched = CatalogFile(file, clock)
    file.write_text(TWO)
    assert list(watched.look().sources) == ["crm", "web"]
    assert not watched.is_whole
    clock.now += UNCHANGED_S / 2
    file.write_text(TWO + "# still writing\n")
    watched.look()
    clock.now += UNCHANGED_S / 2
    watched.look()
    assert not watched.is_whole
    clock.now += UNCHANGED_S / 2
    assert watched.is_whole


@pytest.mark.parametrize("broken", ["", "sources: {", "sources: 5", None])
def test_what_cannot_be_used_is_refused_at_each_look_until_it_can(
    file: Path, broken: str | None
) -> None:
    watched = CatalogFile(file, Clock())
    file.unlink() if broken is None else file.write_text(broken)
    for _ in range(2):
        with pytest.raises(CatalogError):
            watched.look()
    file.write_text(TWO)
    assert list(watched.look().sources) == ["crm", "web"]


def test_what_others_may_write_is_refused_until_they_may_not(file: Path) -> None:
    watched = CatalogFile(file, Clock())
    file.chmod(0o666)
    with pytest.raises(SettingsError):
        watched.look()
    file.chmod(0o644)
    assert watched.look()
