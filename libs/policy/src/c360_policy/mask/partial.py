"""Masks that show a part: by the structure of the value, never by positions of its spelling."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from c360_policy.mask.kinds import Kind, Kinds
from c360_policy.mask.spec import MaskSpec
from c360_policy.mask.structure import (
    Mailbox,
    code_of,
    folded,
    mailbox_of,
    national_numbers,
)

HIDDEN = "***"
"""Stands for whatever is hidden, much or little."""

_PHONE_DIGITS_HIDDEN = 6
"""Fewer can be dialled through: with five, or the usual prefixes, in an afternoon."""
_PHONES: Kinds = frozenset({Kind.PHONE})
_STRUCTURED: Kinds = frozenset({Kind.PHONE, Kind.EMAIL})
_MASKS = 256
_VALUES = 8_192


@lru_cache(_MASKS)
def partial(spec: MaskSpec, kinds: Kinds, regions: tuple[str, ...]) -> Callable[[str], str]:
    """The mask over texts of these kinds. What has not the structure of any shows nothing.

    phone: the last digits of the national number, as long as at least six stay hidden; never a
    country code, which some spellings have and others have not. e-mail: the first characters of
    the local part, and the last label of the domain with its dot, if it is short enough. Other
    text: both ends of its letters and digits. Ends are shown all or none: only where `min_hidden`
    characters, and half of all, stay hidden.
    """

    @lru_cache(_VALUES)
    def shown(value: str) -> str:
        text = folded(value)
        if "@" in text:
            mailbox = mailbox_of(text)
            return HIDDEN if mailbox is None else _of_mailbox(mailbox, spec)
        if Kind.PHONE in kinds and (kinds == _PHONES or not _has_letter(text)):
            numbers = national_numbers(text, regions)
            if numbers:
                return _of_phone(numbers, spec)
        return HIDDEN if kinds <= _STRUCTURED else _of_code(code_of(text), spec)

    return shown


def _of_phone(numbers: tuple[str, ...], spec: MaskSpec) -> str:
    # A spelling that may be two numbers shows no more than the shorter one.
    length = min(len(number) for number in numbers)
    tails = {number[-spec.keep_right :] for number in numbers} if spec.keep_right else {""}
    hidden = max(spec.min_hidden, _PHONE_DIGITS_HIDDEN)
    may_show = len(tails) == 1 and _stays_hidden(length, spec.keep_right, hidden)
    return HIDDEN + (tails.pop() if may_show else "")


def _of_mailbox(mailbox: Mailbox, spec: MaskSpec) -> str:
    local, domain = mailbox
    may_show = _stays_hidden(len(local), spec.keep_left, spec.min_hidden)
    last = "." + domain.rpartition(".")[2]
    ending = last if len(last) <= spec.keep_right else ""
    return f"{local[: spec.keep_left] if may_show else ''}{HIDDEN}@{HIDDEN}{ending}"


def _of_code(code: str, spec: MaskSpec) -> str:
    kept = spec.keep_left + spec.keep_right
    if not _stays_hidden(len(code), kept, spec.min_hidden):
        return HIDDEN
    return code[: spec.keep_left] + HIDDEN + code[len(code) - spec.keep_right :]


def _stays_hidden(length: int, kept: int, hidden: int) -> bool:
    """Whether enough is hidden; nothing hidden is no mask, whatever the policy line says."""
    left = length - kept
    return left >= max(1, hidden) and 2 * left >= length


def _has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)
