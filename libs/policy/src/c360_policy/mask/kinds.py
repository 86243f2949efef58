"""What kind of value a coordinate holds: from the catalog's identifier types, else from its tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from c360_kernel.catalog.model import Catalog


class Kind(StrEnum):
    """A structure that values of one tag have, whatever their spelling."""

    PHONE = "phone"
    EMAIL = "email"
    CODE = "code"
    """Letters and digits; case, spaces and punctuation mean nothing: papers, cards, names."""
    TOKEN = "token"
    """A machine's text, each character of which means something."""


Kinds = frozenset[Kind]

_BY_NORMALIZER: Mapping[str, Kind] = {
    "phone": Kind.PHONE,
    "email": Kind.EMAIL,
    "mailbox": Kind.EMAIL,
    "token": Kind.TOKEN,
    "scoped_token": Kind.TOKEN,
}
_BY_TAG_NAME = (
    (re.compile(r"phone|mobile|msisdn|fax|(?<![a-z])(tel|cell)(?![a-z])"), Kind.PHONE),
    (re.compile(r"mail"), Kind.EMAIL),
)
_ANY: Kinds = frozenset({Kind.PHONE, Kind.EMAIL, Kind.CODE})
_REGION = "CN"


@dataclass(frozen=True, slots=True)
class ValueKinds:
    """Kinds by tag, and where phone numbers without a country code may be dialled.

    A record's region is not known here, so every region of a source counts, the first one first.
    """

    by_tag: Mapping[str, Kinds]
    regions: tuple[str, ...]

    def of(self, tags: frozenset[str]) -> Kinds:
        """The kinds that values with these tags may have; of no tag, any."""
        found = (self.by_tag.get(tag) or _kinds_named(tag) for tag in tags)
        return frozenset[Kind]().union(*found) or _ANY


NO_CATALOG = ValueKinds({}, (_REGION,))
"""For anyone's supergraph: its tags are known by their names, its values by themselves."""


def kinds_of(catalog: Catalog) -> ValueKinds:
    """The kinds of a catalog: a tag's values are what its identifier types normalize."""
    by_tag: dict[str, Kinds] = {}
    for type_ in catalog.identifiers.values():
        kind = _BY_NORMALIZER.get(type_.normalizer, Kind.CODE)
        by_tag[type_.tag] = by_tag.get(type_.tag, frozenset()) | {kind}
    ordered = sorted(catalog.sources.values(), key=lambda source: source.priority)
    regions = tuple(dict.fromkeys(source.region for source in ordered))
    return ValueKinds(by_tag, regions or (_REGION,))


def _kinds_named(tag: str) -> Kinds:
    named = tag.lower()
    return frozenset(kind for pattern, kind in _BY_TAG_NAME if pattern.search(named)) or _ANY
