"""What the service says on the `profiles` topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import PROFILES
from c360_kernel.payload import ProfileChanged
from c360_kernel.stamp import StampClock, stamp_ms

from c360_profile.domain.customer import Customer
from c360_profile.store.port import CustomerChange, ProfileUnit

_TYPE = "c360.profile.changed.v1"
_SOURCE = "c360/profile"
_clock = StampClock()


class Cause(NamedTuple):
    """What an emitted entry takes over from the entry that caused it."""

    stamp: str
    time: int
    traceparent: str = ""


def change(customer: Customer, epoch: int, cause: Cause) -> CustomerChange:
    """A customer's next state with the entry that tells it."""
    return CustomerChange(customer, _entry(customer.published(epoch), cause))


async def restate(unit: ProfileUnit, payloads: Sequence[ProfileChanged]) -> None:
    """Tell each payload as its customer's next state, caused by nothing but this call."""
    known = await unit.customers([payload.customer for payload in payloads])
    changes = [
        change(_before(known, payload).restated(payload), unit.epoch, uncaused())
        for payload in payloads
    ]
    await unit.save_customers(changes)


def _before(known: Mapping[str, Customer], payload: ProfileChanged) -> Customer:
    return known.get(payload.customer) or Customer(payload.customer)


def uncaused() -> Cause:
    """For what no entry causes but somebody running a command."""
    stamp = _clock.next()
    return Cause(stamp, stamp_ms(stamp))


def _entry(payload: ProfileChanged, cause: Cause) -> NewEntry:
    made = NewEntry(
        topic=PROFILES,
        key=payload.customer,
        id=f"{PROFILES}:{payload.customer}:{payload.version}",
        type=_TYPE,
        source=_SOURCE,
        subject=payload.customer,
        time=cause.time,
        stamp=cause.stamp,
        data=encode(payload),
        traceparent=cause.traceparent,
    )
    return fitting(made)
