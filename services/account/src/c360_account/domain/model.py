"""What is held of account records, links and the records of persons.

Stamps are text whose order is the order in which collectors gave them (`c360_kernel.stamp`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.version import Version

_NOTHING: Mapping[str, TraitValue] = {}

P = TypeVar("P", AccountUpserted, AccountLinked)


@dataclass(frozen=True, slots=True)
class Said(Generic[P]):
    """What a source once said of a record or link (`c360_kernel.revisions.State`).

    `stamp` is the first of those that said so; `content` a hash of what is said, whatever its
    revision.
    """

    own: bool
    number: int
    stamp: str
    content: str
    payload: P

    @property
    def named(self) -> tuple[str, ...] | None:
        """The parts that a patch names; None of a whole state, as every one of a link is."""
        return self.payload.named if isinstance(self.payload, AccountUpserted) else None

    @property
    def observed_at(self) -> int:
        """When the source saw it, ms UTC."""
        return self.payload.observed_at


class Carried(NamedTuple):
    """An account record carries an identifier: since which stamp, observed since when (ms UTC).

    `active` says that it does now.
    """

    first_seen: str
    since: int
    active: bool


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What one source says of one account, and which account that is.

    `age` is the smallest stamp of all that was said. `said` holds now. `seed` is the oldest record
    of its account (None: of none, as long as it is deleted); `version` counts what is told of it.
    Of the oldest record `comes_to` is what was told of what the account comes to.
    """

    key: RecordKey
    age: str
    said: Said[AccountUpserted]
    seed: RecordKey | None = None
    version: int = 0
    comes_to: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)

    @property
    def live(self) -> bool:
        """Whether its source still has it."""
        return not self.said.payload.deleted


class HeldLink(NamedTuple):
    """A link that holds, and the stamp of what said so."""

    stamp: str
    said: AccountLinked


class PersonRecord(NamedTuple):
    """Whose the record of a person is ("" nobody's), and under which version that was told."""

    customer: str
    version: Version


Carries = dict[Identifier, Carried]
"""What a record carries, or once did."""
