"""What profile knows of tags: who else put one on a customer, and what an item came to.

A tag is taken off a customer wherever it has it: from each of its records, for each writer that
put it there. So it stays off, and an un-merge finds it taken off on either side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from typing import NamedTuple, Protocol, cast

from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphTransport,
    TransportError,
)
from c360_kernel.errors import Transient
from c360_kernel.payload import RecordTagged, TagChange
from c360_kernel.record import RecordKey
from typing_extensions import override

from c360_gateway.collect.items import ItemStatus
from c360_gateway.context import OperationContext

_log = getLogger(__name__)
_LISTS = "$sources: [String!]!, $keys: [String!]!"
_HOLDERS = (
    f"query TagHolders({_LISTS}, $tags: [String!]!)"
    " { tagHolders(sources: $sources, keys: $keys, tags: $tags) }"
)
_BY_RULE_ALONE = (
    f"query TagsByRuleAlone({_LISTS}, $tags: [String!]!)"
    " { tagsByRuleAlone(sources: $sources, keys: $keys, tags: $tags) }"
)
_OUTCOMES = (
    f"query TagOutcomes({_LISTS}, $stamps: [String!]!)"
    " { tagOutcomes(sources: $sources, keys: $keys, stamps: $stamps) }"
)


class Holder(NamedTuple):
    """A record that has a tag, and the writer who put it on."""

    record: RecordKey
    writer: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of tags, and the stamp of its entry."""

    stamp: str
    payload: RecordTagged


class ProfileTags(Protocol):
    """Knows the tags that customers have."""

    async def holders(
        self, wanted: Sequence[tuple[RecordKey, str]], context: OperationContext
    ) -> Sequence[Sequence[Holder]]:
        """Where the customer of each record has each tag; raises `Transient` if not known now."""
        ...

    async def by_rule_alone(
        self, wanted: Sequence[tuple[RecordKey, str]], context: OperationContext
    ) -> Sequence[bool]:
        """Whether the customer of each record has each tag by a rule, and nobody says it; raises
        `Transient` if not known now."""
        ...

    async def outcomes(
        self, said: Sequence[Said], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        """What became of it by stamp; what is not known is left out."""
        ...


class SubgraphProfileTags(ProfileTags):
    """Asks the profile subgraph."""

    def __init__(self, transport: SubgraphTransport, subgraph: str = "profile") -> None:
        self._transport = transport
        self._subgraph = subgraph

    @override
    async def holders(
        self, wanted: Sequence[tuple[RecordKey, str]], context: OperationContext
    ) -> Sequence[Sequence[Holder]]:
        found = await self._asked("tagHolders", _HOLDERS, wanted, context)
        rows = cast("list[list[list[str]]]", found)
        return [[Holder(RecordKey(s, k), writer) for s, k, writer in those] for those in rows]

    @override
    async def by_rule_alone(
        self, wanted: Sequence[tuple[RecordKey, str]], context: OperationContext
    ) -> Sequence[bool]:
        found = await self._asked("tagsByRuleAlone", _BY_RULE_ALONE, wanted, context)
        return cast("list[bool]", found)

    async def _asked(
        self,
        field: str,
        query: str,
        wanted: Sequence[tuple[RecordKey, str]],
        context: OperationContext,
    ) -> object:
        variables = {
            "sources": [record.source for record, _ in wanted],
            "keys": [record.key for record, _ in wanted],
            "tags": [tag for _, tag in wanted],
        }
        request = SubgraphRequest(query, variables, f"{field[0].upper()}{field[1:]}")
        # A tag is taken off of all records of a customer, whoever may see them.
        everybody = replace(context, caller=replace(context.caller, predicate=""))
        try:
            response = await self._transport.execute(self._subgraph, request, everybody)
            return (response.data or {})[field]
        except (TransportError, KeyError) as error:
            _log.warning("%s cannot be asked for: %s", field, type(error).__name__)
            message = "where the customer has these tags cannot be known now"
            raise Transient(message, code="TAGS_UNAVAILABLE") from error

    @override
    async def outcomes(
        self, said: Sequence[Said], context: OperationContext
    ) -> Mapping[str, ItemStatus]:
        variables = {
            "sources": [one.payload.record.source for one in said],
            "keys": [one.payload.record.key for one in said],
            "stamps": [one.stamp for one in said],
        }
        request = SubgraphRequest(_OUTCOMES, variables, "TagOutcomes")
        try:
            response = await self._transport.execute(self._subgraph, request, context)
        except TransportError as error:
            _log.warning("outcomes of tags cannot be asked for: %s", error.code)
            return {}
        outcomes: Sequence[str | None] = (response.data or {}).get("tagOutcomes") or ()
        answered = zip(said, outcomes, strict=False)
        return {one.stamp: ItemStatus[outcome] for one, outcome in answered if outcome is not None}


async def taken_off(
    said: Sequence[RecordTagged], tags: ProfileTags, context: OperationContext
) -> Sequence[Sequence[RecordTagged]]:
    """For each, what has to be said besides so that what it takes off is off everywhere."""
    wanted = [(one.record, c.tag) for one in said for c in one.changes if c.value is None]
    found = iter(await tags.holders(wanted, context) if wanted else ())
    return [_besides(one, {c.tag: next(found) for c in one.changes if c.value is None})
            for one in said]  # fmt: skip


async def taken_from_rules(
    said: Sequence[RecordTagged],
    ruled: Collection[str],
    tags: ProfileTags,
    context: OperationContext,
) -> Sequence[str]:
    """For each, which of the `ruled` tags that it takes off a rule alone gives; "" if none."""
    taken = [[c.tag for c in one.changes if c.value is None and c.tag in ruled] for one in said]
    wanted = [(one.record, tag) for one, those in zip(said, taken, strict=True) for tag in those]
    found = iter(await tags.by_rule_alone(wanted, context) if wanted else ())
    held = [[tag for tag in those if next(found)] for those in taken]
    return [those[0] if those else "" for those in held]


def _besides(said: RecordTagged, holders: Mapping[str, Sequence[Holder]]) -> Sequence[RecordTagged]:
    removed: dict[Holder, list[TagChange]] = {}
    for tag, those in holders.items():
        for holder in those:
            if holder != (said.record, said.writer):
                removed.setdefault(holder, []).append(TagChange(tag, None))
    name = _besides_name(said)
    return [
        RecordTagged(record, writer, tuple(changes), said.author, said.reason, name)
        for (record, writer), changes in sorted(removed.items())
    ]


def _besides_name(said: RecordTagged) -> str:
    """A name of its own: what others said, or was said of other records, may have the given one."""
    if not said.message_id:
        return ""
    named = (*said.record, said.writer, said.message_id)
    return f"besides:{hashlib.sha256(repr(named).encode()).hexdigest()}"
