"""Mask specs made into functions over values of one scalar."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from c360_policy.mask.kinds import Kind, Kinds, ValueKinds
from c360_policy.mask.partial import HIDDEN, partial
from c360_policy.mask.spec import MaskSpec
from c360_policy.mask.structure import code_of, folded, mailbox_of, national_numbers

Mask = Callable[[object], object]

REDACTED = HIDDEN
_TEXT = ("String", "ID")
_YEAR = re.compile(r"\d{4}(?=-\d{2}-\d{2})")
_HASH_DIGITS = 32
_TOKENS: Kinds = frozenset({Kind.TOKEN})
_NORMALS = 64
_VALUES = 8_192


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of one instance. `key` is a secret of at least 16 bytes, for hashes."""

    kinds: ValueKinds
    key: bytes

    def of(self, spec: MaskSpec, scalar: str, tags: frozenset[str], coordinate: str) -> Mask | None:
        """The function for a coordinate's values, of this GraphQL scalar; None: null has to do.

        Only text can be redacted, hashed or shown in part; a date can be cut to its year. Any other
        combination has no valid stand-in, so nothing is shown at all.
        """
        if spec.kind == "year" and scalar in ("Date", "DateTime", *_TEXT):
            return _year_of(scalar)
        if scalar not in _TEXT or spec.kind in ("null", "year"):
            return None
        kinds = self.kinds.of(tags)
        if spec.kind == "partial":
            return _of_text(partial(spec, kinds, self.kinds.regions))
        if spec.kind == "hash":
            key = hash_key_for(self.key, tags, coordinate)
            return _of_text(_hash(key, _normal(kinds, self.kinds.regions)))
        return _redact


def hash_key_for(instance_key: bytes, tags: frozenset[str], coordinate: str) -> bytes:
    """A key of its own per tag, so that equal values of two kinds do not look equal."""
    scope = "+".join(sorted(tags)) or coordinate
    return hmac.digest(instance_key, f"mask:{scope}".encode(), hashlib.sha256)


def _redact(value: object) -> str:
    return REDACTED


def _of_text(mask: Callable[[str], str]) -> Mask:
    def masked(value: object) -> str:
        # A subgraph may answer an ID as a number.
        return mask(value if isinstance(value, str) else str(value))

    return masked


def _hash(key: bytes, normal: Callable[[str], str]) -> Callable[[str], str]:
    def hashed(value: str) -> str:
        return hmac.digest(key, normal(value).encode(), hashlib.sha256).hex()[:_HASH_DIGITS]

    return hashed


@lru_cache(_NORMALS)
def _normal(kinds: Kinds, regions: tuple[str, ...]) -> Callable[[str], str]:
    """One text for all spellings of a value of these kinds."""

    @lru_cache(_VALUES)
    def normal(value: str) -> str:
        text = folded(value)
        mailbox = None if kinds == _TOKENS else mailbox_of(text)
        if mailbox is not None:
            return "@".join(mailbox)
        if Kind.PHONE in kinds:
            numbers = national_numbers(text, regions)
            if numbers:
                return numbers[0]
        return text if kinds == _TOKENS else code_of(text) or text

    return normal


def _year_of(scalar: str) -> Mask:
    rest = "-01-01T00:00:00Z" if scalar == "DateTime" else "-01-01"
    fallback = REDACTED if scalar in _TEXT else None

    def year(value: object) -> str | None:
        found = _YEAR.match(value) if isinstance(value, str) else None
        return fallback if found is None else found.group() + rest

    return year
