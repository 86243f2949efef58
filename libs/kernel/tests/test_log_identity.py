"""An embedded log knows who it is: a copy under other keys is refused, an old one taken up."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import Position
from c360_kernel.log.identity import Origin, claimed_by
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.naming_keys import HeldKey
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import AUDIT, DERIVED, RECORDS, TOPICS, TRUTH
from c360_kernel.projection.origin import compare, may_replace, refuse_foreign
from c360_kernel.projection.rebuild import rebuild, refill
from c360_kernel.testing.entries import record_entry

OURS = Origin("a" * 32, "ours")


async def test_two_logs_are_two(tmp_path: Path) -> None:
    one, other = SqliteLog(tmp_path / "one"), SqliteLog(tmp_path / "other")
    assert (await one.identity()).origin != (await other.identity()).origin
    await one.close()
    await other.close()


async def test_a_log_belongs_to_the_first_instance_that_says_who_it_is(tmp_path: Path) -> None:
    nameless = SqliteLog(tmp_path)
    origin = (await nameless.identity()).origin
    await SqliteLog(tmp_path, instance="ours").close()
    assert (await nameless.identity()).origin == Origin(origin.log, "ours")
    with pytest.raises(SettingsError) as refused:
        SqliteLog(tmp_path, instance="theirs")
    assert refused.value.code == "LOG_FOREIGN"
    await SqliteLog(tmp_path).close()
    await nameless.close()


async def test_a_log_knows_the_keys_that_it_was_written_under(tmp_path: Path) -> None:
    ours = {"instance": HeldKey("a"), "mask-tokens": HeldKey("m")}
    await SqliteLog(tmp_path, keys=ours).close()
    await SqliteLog(tmp_path, keys={"audit": HeldKey("x")}).close()
    for code, keys in (
        ("KEY_REPLACED", {"instance": HeldKey("b")}),
        ("KEY_REPLACED", {"audit": HeldKey("y", former="z")}),
        ("KEY_MISSING", {"instance": HeldKey("a"), "mask-tokens": HeldKey("")}),
    ):
        with pytest.raises(SettingsError) as refused:
            SqliteLog(tmp_path, keys=keys)
        assert refused.value.code == code
        assert f"{list(keys)[-1]}.key" in refused.value.message
    await SqliteLog(tmp_path, keys=ours).close()


async def test_another_identity_key_alone_is_named_and_no_other_instance(tmp_path: Path) -> None:
    ours = {"identity": HeldKey("i"), "audit": HeldKey("a")}
    await SqliteLog(tmp_path, instance="ours", keys=ours).close()
    for code, keys in (
        ("KEY_REPLACED", {**ours, "identity": HeldKey("j")}),
        ("KEY_REPLACED", {**ours, "identity": HeldKey("j", former="i")}),
        ("KEY_REPLACED", {"identity": HeldKey("j"), "audit": HeldKey("a"), "account": HeldKey("")}),
        ("LOG_FOREIGN", {"identity": HeldKey("j"), "audit": HeldKey("b")}),
        ("LOG_FOREIGN", {"identity": HeldKey("j")}),
        ("LOG_FOREIGN", {"identity": HeldKey("j"), "account": HeldKey("")}),
    ):
        with pytest.raises(SettingsError, match=r"identity\.key") as refused:
            SqliteLog(tmp_path, instance="theirs", keys=keys)
        assert refused.value.code == code
        assert "previous" not in refused.value.message
    await SqliteLog(tmp_path, instance="ours", keys=ours).close()


async def test_a_key_that_took_the_place_of_the_known_one_is_known_from_then_on(
    tmp_path: Path,
) -> None:
    await SqliteLog(tmp_path, keys={"instance": HeldKey("a")}).close()
    await SqliteLog(tmp_path, keys={"instance": HeldKey("b", former="a")}).close()
    await SqliteLog(tmp_path, keys={"instance": HeldKey("b")}).close()
    with pytest.raises(SettingsError):
        SqliteLog(tmp_path, keys={"instance": HeldKey("a")})


async def test_a_log_of_before_there_were_ids_is_taken_up_with_its_highest_stamp(
    tmp_path: Path,
) -> None:
    log = SqliteLog(tmp_path)
    entries = [record_entry(f"k{n}") for n in range(5)]
    await log.append(entries[::-1])
    await log.close()
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("DELETE FROM meta WHERE name <> 'partitions'")
    log = SqliteLog(tmp_path, instance="ours")
    found = await log.identity()
    assert found.stamp == entries[-1].stamp
    assert found.origin.instance == "ours"
    await log.close()


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (Origin("a" * 32, "theirs"), "STORE_FOREIGN"),
        (Origin("b" * 32, "theirs"), "STORE_FOREIGN"),
        (Origin("b" * 32, "ours"), "LOG_FOREIGN"),
        (Origin("b" * 32), "LOG_FOREIGN"),
        (Origin("a" * 32), None),
        (OURS, None),
    ],
)
def test_a_store_is_compared_by_instance_and_by_log(held: Origin, code: str | None) -> None:
    if code is None:
        compare("profile", held, OURS)
        return
    with pytest.raises(SettingsError) as refused:
        compare("profile", held, OURS)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (None, True),
        (OURS, True),
        (Origin("b" * 32, "ours"), True),
        (Origin("a" * 32), True),
        (Origin("b" * 32), False),
        (Origin("b" * 32, "theirs"), False),
    ],
)
def test_a_store_is_made_anew_by_its_own_instance_alone(held: Origin | None, *, may: bool) -> None:
    assert may_replace(held, OURS) is may


@pytest.mark.parametrize(
    ("held", "claimed"),
    [
        (None, OURS),
        (Origin("a" * 32), OURS),
        (Origin("b" * 32), Origin("b" * 32)),
        (Origin("a" * 32, "theirs"), Origin("a" * 32, "theirs")),
        (Origin("b" * 32, "theirs"), Origin("b" * 32, "theirs")),
    ],
)
def test_the_first_claim_of_a_store_stands(held: Origin | None, claimed: Origin) -> None:
    assert claimed_by(held, OURS) == claimed


class Fed:
    """A store that was fed from a log, and remembers an entry of it."""

    def __init__(self, origin: Origin, known: dict[Position, str]) -> None:
        self._origin = origin
        self._known = known

    async def claimed(self, by: Origin) -> Origin:
        return self._origin

    async def witnessed(self) -> dict[Position, str]:
        return self._known


async def test_a_store_of_another_instance_is_refused_before_it_is_fed() -> None:
    store = Fed(Origin("b" * 32, "theirs"), {})
    with pytest.raises(SettingsError) as refused:
        await refuse_foreign("profile", MemoryLog(instance="ours"), store)
    assert refused.value.code == "STORE_FOREIGN"


@pytest.mark.parametrize("is_empty", [True, False])
async def test_of_an_emptied_log_no_store_is_to_be_made(*, is_empty: bool) -> None:
    log = MemoryLog(instance="ours")
    if not is_empty:
        await log.append([record_entry("1")])
    with pytest.raises(SettingsError) as refused:
        await refuse_foreign("profile", log, Fed(Origin("b" * 32, "ours"), {}))
    assert refused.value.code == "LOG_FOREIGN"
    assert ("the log is empty" in refused.value.message) is is_empty
    assert ("begin with an empty store" in refused.value.message) is not is_empty


@pytest.mark.parametrize("derive", [rebuild, refill])
async def test_a_store_of_another_instance_is_not_made_anew(
    derive: Callable[..., Awaitable[object]],
) -> None:
    service = SimpleNamespace(name="profile")
    with pytest.raises(SettingsError) as refused:
        await derive(service, MemoryLog(instance="ours"), Fed(Origin("b" * 32, "theirs"), {}), None)
    assert refused.value.code == "STORE_FOREIGN"


@pytest.mark.parametrize(
    ("topic", "help_"), [(RECORDS, "c360 replay --projection profile"), (AUDIT, "move that store")]
)
async def test_a_log_that_was_put_back_and_has_grown_is_refused_with_what_helps(
    topic: str, help_: str
) -> None:
    log = MemoryLog(partitions=1, instance="ours")
    await log.append([replace(record_entry("a"), topic=topic)])
    origin = (await log.identity()).origin
    stamp = (await log.identity()).stamp
    await refuse_foreign("profile", log, Fed(origin, {Position(topic, 0, 0): stamp}))
    with pytest.raises(SettingsError) as refused:
        await refuse_foreign("profile", log, Fed(origin, {Position(topic, 0, 0): "another"}))
    assert refused.value.code == "LOG_FOREIGN"
    assert help_ in refused.value.message


@pytest.mark.parametrize("topic", [*TRUTH, *DERIVED])
async def test_a_log_whose_beginning_is_gone_is_refused(tmp_path: Path, topic: str) -> None:
    log = SqliteLog(tmp_path, 1)
    await log.append([replace(record_entry(str(number)), topic=topic) for number in range(3)])
    await log.close()
    await SqliteLog(tmp_path, 1).close()
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DELETE FROM entry WHERE off=0")
        connection.commit()
    with pytest.raises(SettingsError, match=topic) as refused:
        SqliteLog(tmp_path, 1)
    assert refused.value.code == "LOG_TRUNCATED"


async def test_what_may_go_from_a_log_is_no_cut(tmp_path: Path) -> None:
    log, limited = SqliteLog(tmp_path, 1), sorted(set(TOPICS) - {*TRUTH, *DERIVED})
    await log.append([replace(record_entry(topic), topic=topic) for topic in limited * 2])
    await log.close()
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DELETE FROM entry WHERE off=0")
        connection.commit()
    await SqliteLog(tmp_path, 1).close()
