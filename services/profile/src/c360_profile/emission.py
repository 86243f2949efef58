"""What the service says on the topics `profiles`, `consent-states` and `quality`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import PROFILES, QUALITY, topic_of
from c360_kernel.payload import ConsentStatesChanged, ProfileChanged, QualityChanged
from c360_kernel.stamp import StampClock, stamp_ms
from c360_kernel.version import Version

from c360_profile.domain.customer import Customer
from c360_profile.domain.quality.crossings import Crossing
from c360_profile.store.port import CustomerChange, ProfileUnit

_TYPE = "c360.profile.changed.v1"
_SOURCE = "c360/profile"
_CONSENTS_TYPE = "c360.consent_states.changed.v1"
_QUALITY_TYPE = "c360.quality.changed.v1"
_NOBODY = Customer("")
_clock = StampClock()


class Cause(NamedTuple):
    """What an emitted entry takes over from the entry that caused it."""

    stamp: str
    time: int
    traceparent: str = ""


def change(
    customer: Customer, epoch: int, cause: Cause, before: Customer | None = None
) -> CustomerChange:
    """A customer's next state with what tells it; its consents, where they are not as before."""
    entry = _entry(customer.published(epoch), cause)
    if customer.consents == (before or _NOBODY).consents:
        return CustomerChange(customer, (entry,))
    return CustomerChange(customer, (entry, _consents(customer, epoch, cause)))


async def restate(unit: ProfileUnit, payloads: Sequence[ProfileChanged]) -> None:
    """Tell each payload as its customer's next state, caused by nothing but this call."""
    known = await unit.customers([payload.customer for payload in payloads])
    states = [_before(known, payload).restated(payload) for payload in payloads]
    await unit.save_customers([_restated(state, unit.epoch, uncaused()) for state in states])


def _restated(customer: Customer, epoch: int, cause: Cause) -> CustomerChange:
    """Both topics are told, for what the other one says of it nobody has compared."""
    entry = _entry(customer.published(epoch), cause)
    return CustomerChange(customer, (entry, _consents(customer, epoch, cause)))


def _before(known: Mapping[str, Customer], payload: ProfileChanged) -> Customer:
    return known.get(payload.customer) or Customer(payload.customer)


def quality_changed(crossing: Crossing, epoch: int, cause: Cause) -> NewEntry:
    """What tells that a measure went beyond its bound or came back."""
    version = Version(epoch, crossing.counter)
    said = (crossing.is_beyond, crossing.value, crossing.bound, cause.time)
    payload = QualityChanged(*crossing.breach, version, *said)
    key = "/".join(crossing.breach)
    return NewEntry(
        topic=QUALITY,
        key=key,
        id=f"{QUALITY}:{key}:{version}",
        type=_QUALITY_TYPE,
        source=_SOURCE,
        subject=key,
        time=cause.time,
        stamp=cause.stamp,
        data=encode(payload),
        traceparent=cause.traceparent,
    )


def uncaused() -> Cause:
    """For what no entry causes but somebody running a command."""
    stamp = _clock.next()
    return Cause(stamp, stamp_ms(stamp))


def _consents(customer: Customer, epoch: int, cause: Cause) -> NewEntry:
    version = Version(epoch, customer.counter)
    return _entry(ConsentStatesChanged(customer.id, version, customer.consents), cause)


def _entry(payload: ProfileChanged | ConsentStatesChanged, cause: Cause) -> NewEntry:
    topic = topic_of(payload).name
    made = NewEntry(
        topic=topic,
        key=payload.customer,
        id=f"{topic}:{payload.customer}:{payload.version}",
        type=_TYPE if topic == PROFILES else _CONSENTS_TYPE,
        source=_SOURCE,
        subject=payload.customer,
        time=cause.time,
        stamp=cause.stamp,
        data=encode(payload),
        traceparent=cause.traceparent,
    )
    return fitting(made)
