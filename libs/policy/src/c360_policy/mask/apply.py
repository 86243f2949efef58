"""Mask specs made into functions over values of one scalar."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import cast

from c360_policy.mask.free_text.finding import redacted
from c360_policy.mask.general import band_of, city_of, year_of
from c360_policy.mask.kinds import Kind, Kinds, ValueKinds
from c360_policy.mask.partial import HIDDEN
from c360_policy.mask.partial import partial as partial_of
from c360_policy.mask.spec import MaskSpec
from c360_policy.mask.structure import code_of, folded, mailbox_of, national_numbers
from c360_policy.mask.tokens import MaskTokens

Mask = Callable[[object], object]

REDACTED = HIDDEN
_HASH_DIGITS = 32
_TOKENS: Kinds = frozenset({Kind.TOKEN})
_NORMALS = 64
_VALUES = 8_192


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of one instance. `key` is a secret of at least 16 bytes, for hashes.

    Without `tokens` no value is shown where a token is to stand for it.
    """

    kinds: ValueKinds
    key: bytes
    tokens: MaskTokens | None = None

    def of(self, spec: MaskSpec, scalar: str, tags: frozenset[str], coordinate: str) -> Mask | None:
        """The function for a coordinate's values, of this GraphQL scalar; None: null has to do.

        Where a mask keeps not the type of a scalar, nothing is shown at all.
        """
        if spec.kind == "null" or not spec.keeps_type(scalar):
            return None
        if spec.kind == "year":
            return partial(year_of, scalar=scalar)
        if spec.kind == "band":
            return partial(band_of, width=spec.keep_left, scalar=scalar)
        # Such a scalar is `String` or `ID`: the engine gives texts, however they were answered.
        return cast("Mask | None", self._of_text(spec, tags, coordinate))

    def _of_text(
        self, spec: MaskSpec, tags: frozenset[str], coordinate: str
    ) -> Callable[[str], str] | None:
        kinds, regions = self.kinds.of(tags), self.kinds.regions
        match spec.kind:
            case "partial":
                return partial_of(spec, kinds, regions)
            case "hash":
                key = hash_key_for(self.key, tags, coordinate)
                return _hash(key, _normal(kinds, regions))
            case "token":
                scope = scope_of(tags, coordinate)
                return None if self.tokens is None else self.tokens.mask(scope, kinds, regions)
            case "redact_text":
                return partial(redacted, regions=regions)
            case "city":
                return city_of
            case _:
                return _redact


def scope_of(tags: frozenset[str], coordinate: str) -> str:
    """What equal values have to share to look equal: their tags; without any, the coordinate."""
    return "+".join(sorted(tags)) or coordinate


def hash_key_for(instance_key: bytes, tags: frozenset[str], coordinate: str) -> bytes:
    """A key of its own per tag, so that equal values of two kinds do not look equal."""
    scope = scope_of(tags, coordinate)
    return hmac.digest(instance_key, f"mask:{scope}".encode(), hashlib.sha256)


def _redact(value: str) -> str:
    return REDACTED


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
