"""A key for every customer's name, out of one; each can be destroyed by itself, and only it."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError
from c360_kernel.punctured_key import DEPTH, POINT_BITS, PuncturedKey
from c360_kernel.subject_names import SubjectNames
from hypothesis import given, settings
from hypothesis import strategies as st

_points = st.integers(0, 2**POINT_BITS - 1)
# Neighbours share all of their way but its end.
_near = st.builds(lambda base, low: (base & ~0xFF) | low, _points, st.integers(0, 255))
KEY = PuncturedKey.new()


@settings(max_examples=60)
@given(st.lists(_points | _near, min_size=1, max_size=8), st.lists(_points | _near, max_size=8))
def test_the_key_of_a_point_is_gone_and_all_others_are_what_they_were(
    gone: list[int], kept: list[int]
) -> None:
    key = KEY
    for point in gone:
        key = key.without(point)
    for again in (key, PuncturedKey.read(key.text())):
        assert [again.at(point) for point in gone] == [None] * len(gone)
        beside = [point ^ 1 for point in gone]
        for point in {*kept, *beside} - set(gone):
            assert again.at(point) == KEY.at(point)


@given(_points, _points)
def test_points_have_keys_of_their_own(one: int, other: int) -> None:
    first, second = KEY.at(one), KEY.at(other)
    assert first is not None
    assert len(first) == 16
    assert (first == second) == (one == other)


def test_nothing_that_is_left_is_above_a_destroyed_point() -> None:
    point = 0x1234567890
    left = [line.split() for line in KEY.without(point).text().splitlines()]
    for depth, place, _ in left:
        assert point >> 2 * (DEPTH - int(depth)) != int(place)
    assert len(left) == 3 * DEPTH


def test_a_secret_like_any_other_is_a_key() -> None:
    one, other = (PuncturedKey.read(digits * 64) for digits in "ab")
    assert one.at(1) == PuncturedKey.read(one.text()).at(1) != other.at(1)


def test_who_is_destroyed_twice_is_so_once() -> None:
    once = KEY.without(7)
    assert once.without(7) is once


@pytest.mark.parametrize("text", ["x", "0 0 ab", "21 0 " + "0" * 32, "1 4 " + "0" * 32])
def test_what_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        PuncturedKey.read(text)


@pytest.fixture
def names(tmp_path: Path) -> SubjectNames:
    return SubjectNames(tmp_path / "subjects.key", b"earlier")


def test_a_customer_has_one_name_that_no_other_has(names: SubjectNames, tmp_path: Path) -> None:
    assert names.name("c1") == names.name("c1") != names.name("c2")
    assert len(names.name("c1")) == 32
    again = SubjectNames(tmp_path / "subjects.key", b"earlier")
    assert again.name("c1") == names.name("c1")
    assert names.name("c1") in names.all_of("c1")
    assert len(names.all_of("c1")) == 2


def test_names_are_told_in_an_order_that_says_nothing(names: SubjectNames) -> None:
    found = names.names(["c1", "c2", "c3"])
    assert found == tuple(sorted(found)) == names.names(["c3", "c1", "c2"])


def test_nothing_links_a_forgotten_customer_to_its_name(
    names: SubjectNames, tmp_path: Path
) -> None:
    before, other = names.name("c1"), names.name("c2")
    names.forget(["c1"])
    for one in (names, SubjectNames(tmp_path / "subjects.key", b"earlier")):
        assert one.all_of("c1") == frozenset()
        assert before not in {one.name("c1") for _ in range(20)}
        assert one.name("c2") == other
    assert len({names.name("c1") for _ in range(20)}) == 20


def test_another_process_takes_a_forgotten_customer_up(names: SubjectNames, tmp_path: Path) -> None:
    elsewhere = SubjectNames(tmp_path / "subjects.key", b"earlier")
    before = elsewhere.name("c1")
    names.forget(["c1"])
    elsewhere.refresh()
    assert elsewhere.name("c1") != before


def test_keys_that_others_may_read_are_refused(names: SubjectNames, tmp_path: Path) -> None:
    del names
    (tmp_path / "subjects.key").chmod(0o644)
    with pytest.raises(SettingsError):
        SubjectNames(tmp_path / "subjects.key", b"earlier")


def test_a_key_that_is_lost_is_not_made_anew(names: SubjectNames, tmp_path: Path) -> None:
    file, aside = tmp_path / "subjects.key", tmp_path / "aside"
    before = names.name("c1")
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"subjects\.key is gone") as lost:
            SubjectNames(file, b"earlier")
        assert lost.value.code == "KEY_MISSING"
    with pytest.raises(SettingsError):
        names.forget(["c1"])
    assert not file.exists()
    assert names.name("c1") == before
    aside.rename(file)
    assert SubjectNames(file, b"earlier").name("c1") == before


def test_a_key_of_before_there_were_marks_is_kept_in_mind(
    names: SubjectNames, tmp_path: Path
) -> None:
    del names
    (tmp_path / "subjects.held").unlink()
    SubjectNames(tmp_path / "subjects.key", b"earlier")
    (tmp_path / "subjects.key").unlink()
    with pytest.raises(SettingsError):
        SubjectNames(tmp_path / "subjects.key", b"earlier")


def _another(folder: Path) -> str:
    """The text of keys of somebody else, as long as ours."""
    SubjectNames(folder / "other" / "subjects.key", b"earlier").forget(["c1"])
    return (folder / "other" / "subjects.key").read_text()


@pytest.mark.parametrize("forgotten", [[], ["c1", "c2"]])
def test_keys_of_somebody_else_are_refused_and_named(
    names: SubjectNames, tmp_path: Path, forgotten: list[str]
) -> None:
    file = tmp_path / "subjects.key"
    names.forget(forgotten)
    ours, before = file.read_text(), names.name("c3")
    file.write_text(_another(tmp_path))
    for _ in range(2):
        with pytest.raises(SettingsError) as refused:
            SubjectNames(file, b"earlier")
        assert refused.value.code == "KEY_REPLACED"
        assert str(file) in refused.value.message
        assert "subjects.held" in refused.value.message
    file.write_text(ours)
    assert SubjectNames(file, b"earlier").name("c3") == before


def test_keys_replaced_meanwhile_are_neither_used_nor_forgotten_in(
    names: SubjectNames, tmp_path: Path
) -> None:
    file, before = tmp_path / "subjects.key", names.name("c1")
    other = _another(tmp_path)
    file.write_text(other)
    with pytest.raises(SettingsError):
        names.refresh()
    with pytest.raises(SettingsError):
        names.forget(["c1"])
    assert file.read_text() == other
    assert names.name("c1") == before


def test_keys_of_before_there_were_check_values_are_taken_up(
    names: SubjectNames, tmp_path: Path
) -> None:
    names.forget(["c1"])
    mark = tmp_path / "subjects.held"
    value = mark.read_text()
    mark.write_text("")
    SubjectNames(tmp_path / "subjects.key", b"earlier")
    assert mark.read_text() == value
    assert value.strip() not in (tmp_path / "subjects.key").read_text()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"1 0 ab"])
def test_what_are_no_keys_names_the_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "subjects.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        SubjectNames(file, b"earlier")
    assert refused.value.code == "KEY_FILE_INVALID"
    assert str(file) in refused.value.message
