"""Applies each identifier type's normalizer and block list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.catalog.lost_digits import has_lost_digits
from c360_kernel.catalog.model import Catalog, IdentifierType
from c360_kernel.catalog.normalizers.credit_code import normalize_credit_code
from c360_kernel.catalog.normalizers.deriving import FOLDS
from c360_kernel.catalog.normalizers.email import normalize_email
from c360_kernel.catalog.normalizers.mailbox import normalize_mailbox
from c360_kernel.catalog.normalizers.national_id import normalize_national_id
from c360_kernel.catalog.normalizers.phone import normalize_phone
from c360_kernel.catalog.normalizers.token import (
    normalize_card,
    normalize_scoped_token,
    normalize_token,
)
from c360_kernel.catalog.normalizers.web_domain import normalize_web_domain
from c360_kernel.catalog.placeholders import is_dummy_address, stands_for_nobody
from c360_kernel.catalog.text import clean
from c360_kernel.catalog.typed_digits import is_typed_in_place_of_one
from c360_kernel.record import Identifier

Normalize = Callable[[str, str], str | None]
"""(text, region) to the normalized text, or None when it is malformed."""

NORMALIZERS: Mapping[str, Normalize] = {
    "phone": normalize_phone,
    "email": normalize_email,
    "mailbox": normalize_mailbox,
    "national_id": normalize_national_id,
    "token": normalize_token,
    "scoped_token": normalize_scoped_token,
    "card": normalize_card,
    "credit_code": normalize_credit_code,
    "web_domain": normalize_web_domain,
}
"""What `normalizer:` may name in a catalog."""

_ADDRESSES = ("email", "mailbox")
_CACHED_VALUES = 65_536
_CATALOGS_KEPT = 4
_COMPOSITE = ("card", "scoped_token")
"""Normalizers of values that may be written `SCOPE:VALUE`."""


class Refusal(StrEnum):
    """Why an identifier never links."""

    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    MALFORMED = "MALFORMED"
    BLOCKED = "BLOCKED"


class Normalizers:
    """The normalizers of one catalog. Remembers recent answers; safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        rules = {name: _rule(type_) for name, type_ in catalog.identifiers.items()}

        @lru_cache(maxsize=_CACHED_VALUES)
        def judge(identifier: Identifier, region: str) -> Identifier | Refusal:
            rule = rules.get(identifier.type)
            if rule is None:
                return Refusal.UNKNOWN_TYPE
            answer = rule(identifier.value, region)
            return answer if isinstance(answer, Refusal) else Identifier(identifier.type, answer)

        self._judge = judge
        self._folding: dict[str, list[_Folding]] = {}
        for type_ in catalog.identifiers.values():
            if type_.derived_from:
                folding = _Folding(type_.name, FOLDS[type_.normalizer], _judged(type_))
                self._folding.setdefault(type_.derived_from, []).append(folding)

    def judge(self, identifier: Identifier, region: str) -> Identifier | Refusal:
        """The normalized identifier, or why there is none.

        `region` (ISO 3166 alpha-2) is that of the record's source: where a phone number without
        a country code is dialled and which country's identity numbers are checked.
        """
        return self._judge(identifier, region)

    def normalize(self, identifier: Identifier, region: str) -> Identifier | None:
        """The normalized identifier, or None when it is malformed, blocked or of no known type."""
        answer = self._judge(identifier, region)
        return None if isinstance(answer, Refusal) else answer

    def derived(self, identifier: Identifier) -> tuple[Identifier, ...]:
        """What is made of a normalized identifier: weaker evidence, of types of its own."""
        foldings = self._folding.get(identifier.type)
        if foldings is None:
            return ()
        found = ((one.type, one.of(identifier.value)) for one in foldings)
        return tuple(Identifier(type_, value) for type_, value in found if value is not None)


@lru_cache(_CATALOGS_KEPT)
def normalizers_of(catalog: Catalog) -> Normalizers:
    """The normalizers of a catalog, the same ones for all of a process that ask.

    What a source says is normalized by the gateway, identity and profile, one soon after the other.
    """
    return Normalizers(catalog)


class _Folding(NamedTuple):
    """How values of one type are made of normalized ones of another."""

    type: str
    fold: Callable[[str], str | None]
    is_blocked: Callable[[str], bool]

    def of(self, value: str) -> str | None:
        """The value made of it, if any that says who somebody is."""
        folded = self.fold(value)
        return None if folded is None or self.is_blocked(folded) else folded


def _judged(type_: IdentifierType) -> Callable[[str], bool]:
    blocked = _blocked(type_)
    return lambda value: bool(blocked.fullmatch(value)) or _is_placeholder(value, type_.normalizer)


def _blocked(type_: IdentifierType) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in type_.blocked) or r"(?!)", re.IGNORECASE)


def _rule(type_: IdentifierType) -> Callable[[str, str], str | Refusal]:
    normalize = NORMALIZERS[type_.normalizer]
    blocked = _blocked(type_)

    def rule(raw: str, region: str) -> str | Refusal:
        text = unicodedata.normalize("NFKC", clean(raw)).strip()
        parts = _parts(text, type_.normalizer)
        if has_lost_digits(raw) or any(map(has_lost_digits, parts)):
            return Refusal.MALFORMED
        if blocked.fullmatch(text) or (text and _is_no_value(text, type_.normalizer, parts)):
            return Refusal.BLOCKED
        value = normalize(text, region) if text else None
        if value is None:
            return Refusal.MALFORMED
        value = unicodedata.normalize("NFKC", value)
        is_folded = bool(type_.derived_from) and _is_placeholder(value, type_.normalizer)
        is_blocked = value != text and blocked.fullmatch(value)
        return Refusal.BLOCKED if is_folded or is_blocked else value

    return rule


def _is_placeholder(text: str, normalizer: str) -> bool:
    """Whether a value, or a part of a composite one, stands for nobody."""
    return _is_no_value(text, normalizer, _parts(text, normalizer))


def _is_no_value(text: str, normalizer: str, parts: Sequence[str]) -> bool:
    """`_is_placeholder` of a value whose parts are known."""
    if _is_nobodys(text) or (normalizer in _ADDRESSES and is_dummy_address(text)):
        return True
    if not parts:
        return False
    return any(not part or _is_nobodys(part) for part in parts) or _has_no_number(parts)


def _is_nobodys(text: str) -> bool:
    return stands_for_nobody(text) or is_typed_in_place_of_one(text)


def _has_no_number(parts: Sequence[str]) -> bool:
    """Of `SCOPE:VALUE` a value of one sign is none."""
    return len(parts) > 1 and len(parts[-1]) == 1


def _parts(text: str, normalizer: str) -> Sequence[str]:
    """`scope:value` in its parts, and the local part of an address."""
    if normalizer in _ADDRESSES:
        local = text.rpartition("@")[0]
        return (local,) if local else ()
    if ":" in text and (normalizer in _COMPOSITE or text[0] == ":" or text[-1] == ":"):
        return [part.strip() for part in text.split(":")]
    return ()
