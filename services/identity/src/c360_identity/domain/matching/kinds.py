"""The kinds of comparison by the names that models call them."""

from __future__ import annotations

from collections.abc import Mapping

from c360_identity.domain.matching.kind import Kind
from c360_identity.domain.matching.kind_address import AddressKind, HomeKind
from c360_identity.domain.matching.kind_contact import EmailKind, PhoneKind
from c360_identity.domain.matching.kind_date import BirthKind, DateKind
from c360_identity.domain.matching.kind_name import NameKind, PersonKind
from c360_identity.domain.matching.kind_text import CategoryKind, CodeKind, NumberKind, TextKind

KINDS: Mapping[str, Kind] = {
    "name": NameKind(),
    "person": PersonKind(),
    "date": DateKind(),
    "birth": BirthKind(),
    "text": TextKind(),
    "category": CategoryKind(),
    "code": CodeKind(),
    "number": NumberKind(),
    "phone": PhoneKind(),
    "email": EmailKind(),
    "address": AddressKind(),
    "home": HomeKind(),
}
