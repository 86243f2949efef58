"""An entry that a service failed on is taken once the service is mended: as if it never failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.dead_letters import DeadLetters, WantedLetters, content_of
from c360_gateway.collect.items import ItemStatus
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, NewEntry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, RECORDS
from c360_kernel.payload import RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_profile.handlers.handler import ProfileHandler

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain

ANYBODY = Principal("ann", ("connector",), "", frozenset(("*",)), 0)
FAULTY = RecordKey("crm", "2")


def records() -> list[NewEntry]:
    """Three records of one person, by their phone."""
    phone = (Identifier("phone", "13900001122"),)
    return [
        new_entry(
            RECORDS,
            f"crm/{n}",
            RecordUpserted(
                RecordKey("crm", str(n)),
                1,
                1_000,
                False,
                phone,
                {"city" if n == 2 else "name": f"Ann {n}"},
            ),
        )
        for n in (1, 2, 3)
    ]


async def fill(instance: Instance, entries: Sequence[NewEntry]) -> EventLog:
    # Their keys are made before anything is named under them.
    services, log = instance.services, instance.open_log()
    await log.append(entries)
    await drain(services, log)
    return log


async def digests(instance: Instance) -> dict[str, str]:
    found: dict[str, str] = {}
    for service in instance.deriving:
        store = service.open_store()
        found[service.name] = await store.digest()
        await store.close()
    return found


def failing_on(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ProfileHandler.handle

    async def handle(self: ProfileHandler, unit: Any, entries: Sequence[Entry]) -> None:
        if any(one.topic == topic and str(FAULTY) in (one.key, one.subject) for one in entries):
            raise Invalid("a fault of ours", code="FAULT")
        await taken(self, unit, entries)

    monkeypatch.setattr(ProfileHandler, "handle", handle)


@pytest.mark.parametrize("topic", [RECORDS, IDENTITIES])
async def test_what_was_put_aside_is_taken_after_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    entries = records()
    right = assemble(tmp_path / "right")
    await (await fill(right, entries)).close()
    instance = assemble(tmp_path / "faulty")
    with monkeypatch.context() as fault:
        failing_on(topic, fault)
        log = await fill(instance, entries)
    letters = DeadLetters(log, SEALER)
    (letter,) = (await letters.page(9, None, WantedLetters("profile", "FAULT"))).items
    assert (letter.payload.topic, letter.payload.group) == (topic, "profile")
    assert "2" in str(content_of(letter.payload))
    assert (await digests(instance))["profile"] != (await digests(right))["profile"]
    report = await letters.resend([letter.id, letter.id], ANYBODY)
    assert [one.status for one in report] == [ItemStatus.ACCEPTED] * 2
    await drain(instance.services, log)
    assert await digests(instance) == await digests(right)
    assert sum((await log.ends([DEAD_LETTERS])).values()) == 1
    await log.close()


async def test_a_service_that_is_not_mended_puts_it_aside_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_on(RECORDS, monkeypatch)
    instance = assemble(tmp_path)
    log = await fill(instance, records())
    letters = DeadLetters(log, SEALER)
    (letter,) = (await letters.page(9, None, WantedLetters())).items
    await letters.resend([letter.id], ANYBODY)
    await drain(instance.services, log)
    again = (await letters.page(9, None, WantedLetters())).items
    assert [one.payload.entry_id for one in again] == [letter.payload.entry_id] * 2
    assert again[0].payload.offset != again[1].payload.offset
    await log.close()


async def test_who_may_not_write_a_source_resends_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_on(RECORDS, monkeypatch)
    log = await fill(assemble(tmp_path), records())
    letters = DeadLetters(log, SEALER)
    (letter,) = (await letters.page(9, None, WantedLetters())).items
    before = await log.ends([RECORDS])
    other = Principal("bob", ("connector",), "", frozenset(("erp",)), 0)
    report = await letters.resend([letter.id, "no-id"], other)
    codes = [one.refusal.code for one in report if one.refusal]
    assert codes == ["SOURCE_FORBIDDEN", "DEAD_LETTER_UNKNOWN"]
    assert await log.ends([RECORDS]) == before
    await log.close()


async def test_letters_are_found_by_group_and_code_and_say_what_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_on(RECORDS, monkeypatch)
    log = await fill(assemble(tmp_path), records())
    letters = DeadLetters(log, SEALER)
    assert (await letters.page(9, None, WantedLetters("identity"))).items == []
    assert (await letters.page(9, None, WantedLetters(None, "OTHER"))).items == []
    (letter,) = (await letters.page(9, None, WantedLetters("profile"))).items
    content = json.loads(content_of(letter.payload) or "")
    assert (content["record"], content["traits"]) == (["crm", "2"], {"city": "Ann 2"})
    await log.close()
