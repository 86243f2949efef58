"""What the service remembers, as plain values: the winners per key and who is in what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.value_object import value_object
from c360_kernel.version import Version

BEFORE_ANY = Version(-1, -1)
"""Older than every version ever given."""


class EventName(NamedTuple):
    """Names an event for ever: the source and its own id of the message."""

    source: str
    message_id: str


@value_object
class SeenEvent:
    """The winning entry of an event: of several entries, the one with the smallest stamp.

    `at` is when it is said to have happened, in ms UTC.
    """

    stamp: str
    record: RecordKey
    name: str
    at: int
    properties: Mapping[str, TraitValue]


@value_object
class RecordState:
    """Which customer a source record belongs to ("" none), and its events per counter.

    `counts` holds no zeros.
    """

    customer: str = ""
    version: Version = BEFORE_ANY
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


@value_object
class ProfileState:
    """The greatest version of a golden profile; `live` is false once the customer ended.

    `traits` are the golden ones, and facts under names of theirs (`c360_kernel.conditions.facts`).
    """

    version: Version
    live: bool
    traits: Mapping[str, TraitValue]


class Membership(NamedTuple):
    """A customer's place in one segment, and the version under which it was last told."""

    member: bool
    version: Version


class Looked(NamedTuple):
    """How a customer was when conditions were last held against it: the newest stamp of its watched
    events (0: none), and the first moment at which something of it may be another by itself (None:
    never). In ms UTC."""

    newest: int
    due: int | None


class CustomerState(NamedTuple):
    """What is known of a customer (`profile` None: not heard of yet), and how it was looked at
    last (None: it was not, and is in no segment).

    `counts` are summed over the customer's records.
    """

    profile: ProfileState | None
    counts: Mapping[str, int]
    looked: Looked | None
