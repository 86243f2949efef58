"""What became of the calls of one request: what their sender is told, and what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from c360_kernel.metrics import TRACKING_CALLS, TRACKING_LEFT_OUT

from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal
from c360_gateway.doors.tracking.mapping import CallItems

_NO_CALL = "none"


class Told(NamedTuple):
    """Why a call was refused, by its place in the request; `is_call` unless it was none at all."""

    place: int
    refusal: Refusal
    is_call: bool


class LeftOut(NamedTuple):
    """The properties of a taken call that its event has no place for, by their sender's names."""

    place: int
    names: Sequence[str]


class Outcome(NamedTuple):
    """What there is to tell; every call that is not refused is durable."""

    refused: Sequence[Told] = ()
    left_out: Sequence[LeftOut] = ()


def outcome_of(mapped: Sequence[CallItems], results: Sequence[ItemResult]) -> Outcome:
    """The first refusal of each call, and what was left out of it."""
    refused: list[Told] = []
    left_out: list[LeftOut] = []
    for place, (items, own) in enumerate(_with_results(mapped, results)):
        refusal = next((one.refusal for one in own if one.refusal is not None), None)
        if refusal is not None:
            refused.append(Told(place, refusal, is_call=items.name is not None))
        if items.left_out:
            left_out.append(LeftOut(place, items.left_out))
    return Outcome(refused, left_out)


def count_calls(mapped: Sequence[CallItems], results: Sequence[ItemResult]) -> None:
    """Count them, by type and by what became of them, and the properties without a place."""
    ended = Counter(
        (items.name.type if items.name else _NO_CALL, _ended(items, own))
        for items, own in _with_results(mapped, results)
    )
    for labels, count in ended.items():
        TRACKING_CALLS.add(*labels, amount=count)
    for items in mapped:
        if items.left_out and items.name is not None:
            TRACKING_LEFT_OUT.add(items.name.source, items.event, amount=len(items.left_out))


def _ended(items: CallItems, own: Sequence[ItemResult]) -> str:
    if items.is_known:
        return "duplicate"
    refused = sum(one.status is ItemStatus.REFUSED for one in own)
    if not refused:
        return "accepted"
    return "partial" if refused < len(own) else "refused"


def _with_results(
    mapped: Sequence[CallItems], results: Sequence[ItemResult]
) -> Iterator[tuple[CallItems, Sequence[ItemResult]]]:
    begin = 0
    for items in mapped:
        end = begin + len(items.given)
        yield items, results[begin:end]
        begin = end
