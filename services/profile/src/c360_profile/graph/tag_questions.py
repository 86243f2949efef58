"""What the gateway asks of tags before and after it takes items of `tagCustomers`."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey

from c360_profile.domain.record import SourceRecord
from c360_profile.domain.tagging import Tagging
from c360_profile.graph.context import Info
from c360_profile.graph.ruling import ruling


async def tag_holders(
    info: Info, sources: Sequence[str], keys: Sequence[str], tags: Sequence[str]
) -> list[list[list[str]]]:
    """Where the customer of each record has each tag: source, key and writer of each that holds.

    The lists have one entry for each record and tag.
    """
    records = _records(sources, keys, tags)
    held = await info.context.records.load_many(records)
    owners = ["" if one is None else one.customer for one in held]
    known = [one for one in dict.fromkeys(owners) if one]
    own = dict(zip(known, await info.context.own_records.load_many(known), strict=True))
    return [_holders(own.get(owner, ()), tag) for owner, tag in zip(owners, tags, strict=True)]


def _holders(own: Sequence[SourceRecord], tag: str) -> list[list[str]]:
    return sorted(
        [record.key.source, record.key.key, one.writer]
        for record in own
        for one in record.active_tags
        if one.tag == tag
    )


async def tags_by_rule_alone(
    info: Info, sources: Sequence[str], keys: Sequence[str], tags: Sequence[str]
) -> list[bool]:
    """Whether the customer of each record has each tag by a rule, and nobody says it.

    The lists have one entry for each record and tag.
    """
    holders = await tag_holders(info, sources, keys, tags)
    held = await info.context.records.load_many(_records(sources, keys, tags))
    owners = ["" if one is None else one.customer for one in held]
    found = {owner: await ruling(owner, info) for owner in dict.fromkeys(owners) if owner}
    return [
        not said and (ruled := found.get(owner)) is not None and tag in ruled.given
        for said, owner, tag in zip(holders, owners, tags, strict=True)
    ]


async def tag_outcomes(
    info: Info, sources: Sequence[str], keys: Sequence[str], stamps: Sequence[str]
) -> list[str | None]:
    """APPLIED, DUPLICATE or OUTDATED for what was said with each stamp; null if not known.

    The lists have one entry for each.
    """
    records = _records(sources, keys, stamps)
    held = await info.context.records.load_many(records)
    said = await info.context.taggings.load_many(records)
    return [
        None if record is None else _outcome(record, those, stamp)
        for record, those, stamp in zip(held, said, stamps, strict=True)
    ]


def _outcome(record: SourceRecord, said: Sequence[Tagging], stamp: str) -> str:
    if any(one.stamp == stamp for one in record.tags):
        return "APPLIED"
    # Of what was sent again under one name only what came first is kept.
    return "OUTDATED" if any(one.stamp == stamp for one in said) else "DUPLICATE"


def _records(sources: Sequence[str], keys: Sequence[str], others: Sequence[str]) -> list[RecordKey]:
    if len({len(sources), len(keys), len(others)}) > 1:
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    return [RecordKey(*one) for one in zip(sources, keys, strict=True)]
