"""The law of a live catalog: what a changed one makes of an instance is what a fresh one would be.

Entries are derived under one catalog, then another is taken by what exists for that: a store is
derived from the log again, customers are refolded or evaluated anew. A fresh instance that reads
the same entries under the new catalog holds the same.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from c360_kernel.catalog import parse_catalog
from c360_kernel.catalog.loader import default_catalog_text
from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import EVENTS, RECORDS
from c360_kernel.payload import EventTracked, RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c360_cli.assembly import Instance, assemble, copy_setup
from c360_cli.catalogs import changed_entries, work_for
from c360_cli.directory import DataDirectory
from c360_cli.projections.copying import copy_truth
from c360_cli.projections.draining import drain
from c360_cli.projections.mending import make_current

PROFILE, IDENTITY, SEGMENT, ACCOUNT = (
    frozenset({name}) for name in ("profile", "identity", "segment", "account")
)
BOTH = IDENTITY | PROFILE
CHANGES: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "survivorship": (
        "city: {type: string, tag: city, survivorship: source_priority",
        "city: {type: string, tag: city, survivorship: oldest",
        PROFILE,
    ),
    "synonyms": (
        "gender: {type: string",
        "gender: {type: string, synonyms: {male: [M, 男]}",
        PROFILE,
    ),
    "a choice": (
        "status: {type: string",
        "status: {type: string, choices: [active]",
        PROFILE,
    ),
    "a bound": ("loyaltyPoints: {type: int", "loyaltyPoints: {type: int, maximum: 50", PROFILE),
    "a type": ("loyaltyPoints: {type: int", "loyaltyPoints: {type: float", PROFILE),
    "a trait gone": ("  lifecycle: {", "  phase: {", PROFILE),
    "trust": ("crm: {priority: 0", "crm: {priority: 9", PROFILE),
    "a region": ("web: {priority: 4, region: CN", "web: {priority: 4, region: US", BOTH),
    "a tier": ("{normalizer: phone, tier: 2", "{normalizer: phone, tier: 3", IDENTITY),
    "what a trait says": (
        "company: {type: string",
        "company: {type: string, identifier: account",
        BOTH,
    ),
    "what a trait says no more": ("source_priority, identifier: phone}", "source_priority}", BOTH),
    "a fan": ("phone, tier: 2, fan: 4", "phone, tier: 2, fan: 1", IDENTITY),
    "a separation": (
        "member_card:\n    {normalizer: card, tier: 2, separates: true",
        "member_card:\n    {normalizer: card, tier: 2, separates: false",
        IDENTITY,
    ),
    "a blocked value": (
        "limit: 1, tag: wechat_id",
        "limit: 1, blocked: [u1], tag: wechat_id",
        BOTH,
    ),
    "an identifier gone": ("  device:\n", "  gadget:\n", BOTH),
    "computed traits": (
        "\nsegments:\n",
        "\ncomputed:\n"
        "  orders: {kind: count, event: order_completed, tag: behaviour}\n"
        "  spent:\n"
        "    {kind: sum, event: order_completed, property: amount, this: year, tag: financial}\n"
        "lifecycle:\n"
        "  stage:\n"
        "    {tag: behaviour, stages: [{stage: active, when: {trait: orders, op: exists}}]}\n"
        "segments:\n",
        PROFILE,
    ),
    "what accounts are known by": (
        "erp_number:\n      {normalizer: token, tier: 1",
        "erp_number:\n      {normalizer: token, tier: 2",
        ACCOUNT,
    ),
    "a role at accounts": ("champion: {desc", "champion: {needed: true, desc", frozenset()),
    "a segment": ("at_least: 2", "at_least: 3", SEGMENT),
    "a segment gone": ("  basket_left_behind:", "  basket_forgotten:", SEGMENT),
    "a title": ("title: Repeat buyers", "title: {zh-Hans: 老客户}", frozenset()),
    "a tag": ("city: {type: string, tag: city", "city: {type: string, tag: address", frozenset()),
    "a purpose": ("  analytics:", "  statistics:", frozenset()),
}  # fmt: skip


def changed(text: str, change: str) -> str:
    old, new, _ = CHANGES[change]
    return text.replace(old, new, 1)


def _payloads() -> Iterator[RecordUpserted | EventTracked]:
    for n in range(24):
        phone, card = f"139000{n // 3:05d}", f"AB{n // 2:04d}C"
        for revision, source in enumerate(("crm", "web", "store"), 1):
            identifiers = (
                Identifier("phone", phone),
                Identifier("email", f"p{n // 4}@example.cn"),
                Identifier("member_card", card if source == "store" else f"{card}{n}"),
                Identifier("device", f"tablet-{n // 5}"),
                Identifier("unionid", f"u{n // 6}"),
            )[revision - 1 :]
            traits = {
                "gender": "M" if n % 2 else "男",
                "city": f"{source}-{n % 4}",
                "status": "active" if source == "web" else f"s{n % 3}",
                "loyaltyPoints": 40 + n,
                "loyaltyTier": "gold",
                "lifecycle": "new",
                "company": f"firm-{n // 6}",
                "phone": phone,
            }
            record = RecordKey(source, str(n))
            yield RecordUpserted(record, revision, 1_000 + n, False, identifiers, traits)
        for m in range(n % 4):
            event = {"amount": 50.0 * m, "currency": "CNY"}
            record = RecordKey("web", str(n))
            yield EventTracked(record, f"m{n}-{m}", "order_completed", 2_000 + m, (), event)


def _entries() -> list[NewEntry]:
    return [_entry(number, payload) for number, payload in enumerate(_payloads())]


def _entry(number: int, payload: RecordUpserted | EventTracked) -> NewEntry:
    topic = RECORDS if isinstance(payload, RecordUpserted) else EVENTS
    key, time = str(payload.record), 1_700_000_000_000 + number
    stamp = f"{time:012x}0000{'0' * 12}"
    kind, source = "c360.test.v1", "c360/test"
    return NewEntry(topic, key, f"e{number}", kind, source, key, time, stamp, encode(payload))


async def _derived(instance: Instance) -> dict[str, str]:
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    try:
        await drain(instance.services, log)
        digests: dict[str, str] = {}
        for service in instance.deriving:
            store = service.open_store()
            digests[service.name] = await store.digest()
            await store.close()
        return digests
    finally:
        await log.close()


async def _first(data: Path) -> Instance:
    instance = assemble(data)
    # Their keys are made before anything is named under them.
    assert instance.services
    log = instance.open_log()
    await log.append(_entries())
    await log.close()
    await _derived(instance)
    return instance


async def _taken(instance: Instance, text: str) -> tuple[Instance, dict[str, str]]:
    """The instance under another catalog, as its workers begin under it."""
    instance.directory.catalog.write_text(text, "utf-8")
    other = replace(instance, catalog=parse_catalog(text, "catalog.yaml"))
    for service in other.services:
        await make_current(other, service)
    return other, await _derived(other)


async def _fresh(old: Instance, data: Path) -> dict[str, str]:
    copy_setup(old.directory, DataDirectory(data))
    new = assemble(data)
    source, target = old.open_log(), new.open_log()
    await copy_truth(source, target)
    await source.close()
    await target.close()
    return await _derived(new)


async def _live_and_fresh(steps: Sequence[Sequence[str]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        instance, text = await _first(Path(root) / "live"), default_catalog_text()
        for number, step in enumerate(steps):
            for change in step:
                text = changed(text, change)
            instance, live = await _taken(instance, text)
            assert live == await _fresh(instance, Path(root) / f"fresh-{number}"), step


def test_each_change_makes_of_an_instance_what_a_fresh_one_would_be() -> None:
    asyncio.run(_live_and_fresh([list(CHANGES)[::2], list(CHANGES)[1::2]]))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=6), st.integers(1, 3))
def test_any_changes_make_of_an_instance_what_a_fresh_one_would_be(
    changes: list[str], at_once: int
) -> None:
    steps = [changes[start : start + at_once] for start in range(0, len(changes), at_once)]
    asyncio.run(_live_and_fresh(steps))


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_depends_on_a_change_does_anything_about_it(change: str, tmp_path: Path) -> None:
    before = parse_catalog(default_catalog_text(), "c")
    after = parse_catalog(changed(default_catalog_text(), change), "c")
    assert list(changed_entries(before, after))
    found = {line.partition(":")[0] for line in work_for(before, after, tmp_path)}
    assert found == CHANGES[change][2]
