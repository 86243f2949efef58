"""What the service says on the `profiles` topic."""

from __future__ import annotations

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
    return CustomerChange(customer, _entry(customer.told(epoch), cause))


async def restate(unit: ProfileUnit, payload: ProfileChanged) -> None:
    """Tell `payload` as the customer's next state, caused by nothing but this call."""
    known = await unit.customers([payload.customer])
    before = known.get(payload.customer) or Customer(payload.customer)
    await unit.save_customers([change(before.restated(payload), unit.epoch, uncaused())])


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
