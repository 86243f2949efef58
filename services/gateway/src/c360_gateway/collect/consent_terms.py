"""Under which terms a purpose was answered: what the item says, else what the catalog says."""

from __future__ import annotations

from collections.abc import Collection

from c360_kernel.catalog.model import Purpose
from c360_kernel.payload import LEGAL_BASES, ConsentTerms

from c360_gateway.collect.fields import FIELD_TYPE, Refused, instant_of, optional_name
from c360_gateway.collect.items import RawItem

GIVERS = ("self", "guardian", "agent")
TERM_FIELDS = frozenset(
    ("basis", "wordingVersion", "language", "jurisdiction", "givenBy", "proof", "expiresAt")
)
_DAY_MS = 86_400_000


def terms_of(item: RawItem, purpose: Purpose, status: str, at: int) -> ConsentTerms:
    """The terms of an answer given `at` (ms UTC)."""
    return ConsentTerms(
        basis=_word(item, "basis", LEGAL_BASES) or purpose.basis,
        wording=optional_name(item, "wordingVersion") or purpose.wording,
        language=optional_name(item, "language"),
        jurisdiction=optional_name(item, "jurisdiction") or purpose.jurisdiction,
        given_by=_word(item, "givenBy", GIVERS),
        proof=optional_name(item, "proof"),
        expires_at=_end_of(item, purpose, status, at),
    )


def _word(item: RawItem, field: str, words: Collection[str]) -> str:
    word = optional_name(item, field).lower()
    if word and word not in words:
        raise Refused(FIELD_TYPE, field, f"{field} is one of {', '.join(words)}")
    return word


def _end_of(item: RawItem, purpose: Purpose, status: str, at: int) -> int:
    """Until when a grant holds, 0 for ever: the catalog's term is the longest there is."""
    stated = instant_of(item, "expiresAt")
    if status != "granted":
        if stated is not None:
            raise Refused(FIELD_TYPE, "expiresAt", "nothing but a grant has an end")
        return 0
    if stated is not None and stated <= at:
        raise Refused(FIELD_TYPE, "expiresAt", "a grant ends after it was given")
    longest = at + purpose.valid_days * _DAY_MS if purpose.valid_days else None
    return min((end for end in (stated, longest) if end is not None), default=0)
