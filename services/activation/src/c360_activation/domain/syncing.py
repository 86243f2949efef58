"""Destinations that hold rows: what is told of a customer is how its row differs from the held one.

Of each row that a destination took a keyed hash is known, and no more: it tells whether another
row is the same, and without the key of whom it is of nothing. A row that is not to be told any
more, for whatever reason, is told as removed by the id alone that the destination has.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from c360_kernel.catalog.model import Destination
from c360_kernel.errors import C360Error

from c360_activation.domain.delivery import AWAITED, UNSURE, Kind, Message
from c360_activation.domain.parcel import Fields, Parcel, parcel_of
from c360_activation.domain.telling import GRANTED, Told, Withheld

UNCHANGED = "UNCHANGED"
_NONE = ("", AWAITED)
_OVER = ("MEMBERSHIP_CHANGED", "CUSTOMER_ENDED", "CUSTOMER_HIDDEN")
"""Whoever is told of again after one of these enters a segment first."""
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Step:
    """What is told, and what is known to be held once it is taken; `failed`: where it was not."""

    parcel: Parcel
    taken: str
    failed: str


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of one destination are made. `by_consent`: its purpose rests on consent."""

    destination: Destination
    fields: Fields | None
    key: bytes
    by_consent: bool

    def step(self, message: Message, told: Told, held: str) -> Step:
        """What there is to tell, against what is held ("" or AWAITED for nothing).

        Raises `Withheld` with why there is nothing: UNCHANGED, or why there is no row.
        """
        why = self._no_row(message, told)
        if why and held in _NONE:
            raise Withheld(why)
        if why:
            gone = held_without(self.destination, why, "")
            return Step(self._removal(message, told, why), gone, UNSURE)
        digest = self._digest(message, told)
        if digest == held:
            raise Withheld(UNCHANGED)
        kind: Kind = "row.added" if held in _NONE else "row.changed"
        return Step(self._parcel(replace(message, kind=kind), told), digest, UNSURE)

    def _no_row(self, message: Message, told: Told) -> str:
        if not told.customer:
            return "CUSTOMER_HIDDEN"
        if told.customer != message.customer:
            return "CUSTOMER_ENDED"
        if (self.by_consent and told.consent != GRANTED) or told.lacking:
            return "CONSENT_MISSING"
        if self.destination.segments and not self._told_of(told):
            return "MEMBERSHIP_CHANGED"
        return ""

    def _told_of(self, told: Told) -> list[str]:
        """The segments of the destination that a customer is in, of those it may be told of."""
        mine = self.destination.segments
        return [one for one in mine if one in told.segments and one in told.known]

    def _removal(self, message: Message, told: Told, why: str) -> Parcel:
        """Who only left may be told of still: an audience removes by the hashes that it has."""
        gone, bare = replace(message, kind="row.removed"), Told(told.customer)
        if why != "MEMBERSHIP_CHANGED":
            return self._parcel(gone, bare)
        try:
            return self._parcel(gone, told)
        except C360Error:
            # No value that `fields` do not take keeps a row where it may not be.
            return self._parcel(gone, bare)

    def _digest(self, message: Message, told: Told) -> str:
        """Of the row alone: which message tells it makes no other row of it."""
        row = self._parcel(replace(message, id="", at=0, kind="row.changed"), told).data
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=_DIGEST, key=self.key).hexdigest()

    def _parcel(self, message: Message, told: Told) -> Parcel:
        shown = replace(told, segments=self._told_of(told))
        # A row is of no one segment, also where what was queued before there were rows is.
        return parcel_of(replace(message, segment=""), shown, self.destination, self.fields)


def held_without(destination: Destination, why: str, held: str) -> str:
    """What is known to be held where nothing is told, and why not.

    Of a member each change is asked for from then on: one of them may let it be told of.
    """
    if held not in _NONE:
        return held
    return AWAITED if destination.segments and why not in _OVER else ""
