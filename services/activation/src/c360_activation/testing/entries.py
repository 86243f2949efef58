"""Messages and entries that tests make."""

from __future__ import annotations

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.webhook import Webhook
from c360_kernel.log.entry import NewEntry, Partition
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import MembershipChanged, ProfileChanged
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

from c360_activation.domain.delivery import Kind, Message

PLACE = Partition(MEMBERSHIPS, 0)
HOOK = Webhook("https://hooks.example/c360")
MAILER = Destination("mailer", "webhook", HOOK, ("mailer",), "marketing", ("gold",), True)
DESTINATIONS = {MAILER.name: MAILER}


def message(
    name: str,
    customer: str = "c1",
    kind: Kind = "segment.entered",
    destination: str = "mailer",
    at: int = 1,
) -> Message:
    """A message of this id."""
    segment = "gold" if kind.startswith("segment") else ""
    return Message(name, destination, kind, customer, segment, at)


def entered(customer: str, counter: int = 0, *, member: bool = True) -> NewEntry:
    """An entry that says who entered, or left, the segment `gold`."""
    changed = MembershipChanged(customer, "gold", Version(0, counter), member, 5)
    return new_entry(MEMBERSHIPS, customer, changed)


def changed_profile(customer: str, counter: int = 0, *, ended: bool = False) -> NewEntry:
    """An entry that says that a profile changed, or that its customer is another one."""
    return new_entry(PROFILES, customer, ProfileChanged(customer, Version(0, counter), ended=ended))
