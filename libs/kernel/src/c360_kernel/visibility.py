"""What a caller may be told of by what is derived: segments from traits, provenance from values.

Policy decides about fields. What a service composes of values has no field of its own for each, so
the gateway tells the service which fields the caller may see and use; unnamed ones are neither.
"""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

PROFILE = "Profile"
"""The type whose fields are the golden traits."""
FILTER = "CustomerFilter"
"""The type whose fields are the golden traits that customers are filtered by."""
EVENT = "Event"
"""The interface of the types whose fields are the properties of events."""
OBJECT = "CatalogObject"
"""The interface of the types whose fields are the properties of objects."""
OBJECT_FILTER = "ObjectFilter"
"""What the name of the type ends with whose fields are what customers are filtered by of an object:
before it stands that of the object."""
TIMELINE = "Customer.timeline"
CONSENTS = ("Customer.consents", "Consent.purpose", "Consent.status")
"""What shows what holds for a purpose."""
TAGS = ("Customer.tags",)
"""What leads to tags, each of which has a field of its own."""
SOURCES = ("Customer.records", "SourceRecord.source")
"""What shows where a customer is known from."""
LISTS = ("Customer.segments",)
"""What shows which lists a customer is on."""
ACCOUNTS, LINK_KIND, LINK_ROLE = "Customer.accounts", "AccountLink.kind", "AccountLink.role"
"""What shows for whom a customer acts, and as what."""
ACCOUNT_PROFILE, ACCOUNT_FILTER = "AccountProfile", "AccountFilter"
"""The types whose fields are the traits of accounts, and what accounts are filtered by."""
ACCOUNT_TRAITS = ("AccountLink.account", "Account.profile")
"""What leads from a link to the traits of its account."""
ACCOUNT_ROLL_UPS = "AccountRollUps"
"""The type whose fields are what accounts come to."""
ROLL_UPS = "Account.rollUps"
"""What leads to what an account comes to."""
RECEIPT_SIGNATURE = "ConsentReceipt.signature"
"""What is told with all that it is over, and not without."""
CUSTOMER_TAGS = "CustomerTags"
"""The type whose fields are the tags of customers."""
SCORE_PARTS = "ScoreParts"
"""The type whose fields are what a score of likeness is made of; their sum has no field of each."""

_SEEN, _USED = "~", "!"
_LARGEST = 4_000_000
_REMEMBERED = 512


def tag_shown(tag: str) -> str:
    """What shows a tag of a customer."""
    return f"{CUSTOMER_TAGS}.{tag}"


def account_trait_shown(trait: str) -> tuple[str, ...]:
    """What shows a trait of the account of a link."""
    return *ACCOUNT_TRAITS, f"{ACCOUNT_PROFILE}.{trait}"


def roll_up_shown(name: str) -> tuple[str, ...]:
    """What shows what the account of a link comes to."""
    return ACCOUNT_TRAITS[0], ROLL_UPS, f"{ACCOUNT_ROLL_UPS}.{name}"


@dataclass(frozen=True)
class Visibility:
    """What may be done with coordinates of traits, facts, events, objects and parts of scores.

    `seen`: may be shown, masked perhaps. `used`: may decide what is shown, as a filter does; what
    carries no tag may be, unless a rule denies it. A field of the filter is used where customers
    may be filtered by it.
    """

    seen: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()

    @property
    def without_accounts(self) -> Visibility:
        """The same for who is told of no account, nor of who acts for one."""
        return Visibility(self.seen - {ACCOUNTS}, self.used - {ACCOUNTS})

    @property
    def without_roll_ups(self) -> Visibility:
        """The same for who is told of nothing that accounts come to."""
        return Visibility(self.seen - {ROLL_UPS}, self.used - {ROLL_UPS})

    @cached_property
    def text(self) -> str:
        """All of it as a claim of the caller context; equal for equal visibilities."""
        if not (self.seen or self.used):
            return ""
        types: dict[str, list[str]] = {}
        for coordinate in sorted(self.seen | self.used):
            owner, _, member = coordinate.partition(".")
            types.setdefault(owner, []).append(self._mark(coordinate) + member)
        plain = ";".join(f"{owner}:{','.join(members)}" for owner, members in types.items())
        return urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode()

    def _mark(self, coordinate: str) -> str:
        if coordinate not in self.used:
            return _SEEN
        return "" if coordinate in self.seen else _USED


NOTHING = Visibility()
"""What a caller may be told of whose context does not say."""


@lru_cache(maxsize=_REMEMBERED)
def read_visibility(text: str) -> Visibility:
    """The visibility in a claim. Raises `ValueError` for any other text."""
    if not text:
        return NOTHING
    try:
        reading = zlib.decompressobj()
        plain = reading.decompress(urlsafe_b64decode(text), _LARGEST)
    except zlib.error as error:
        raise ValueError("no visibility") from error
    if not reading.eof:
        raise ValueError("no visibility")
    marked = list(_coordinates(plain.decode()))
    return Visibility(
        frozenset(coordinate for mark, coordinate in marked if mark != _USED),
        frozenset(coordinate for mark, coordinate in marked if mark != _SEEN),
    )


def _coordinates(plain: str) -> Iterator[tuple[str, str]]:
    for part in plain.split(";"):
        owner, _, members = part.partition(":")
        for member in members.split(","):
            mark = member[:1] if member[:1] in (_SEEN, _USED) else ""
            yield mark, f"{owner}.{member.removeprefix(mark)}"
