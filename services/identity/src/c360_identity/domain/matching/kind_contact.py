"""Comparing how somebody is reached: phones and e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from typing_extensions import override

from c360_identity.domain.matching.alike import errors
from c360_identity.domain.matching.folding import fold
from c360_identity.domain.matching.kind import Form, Levels
from c360_identity.domain.matching.kind_text import SeveralKind

_LOCAL_DIGITS = 8


class PhoneKind(SeveralKind):
    """Equal, the same but for the country code, one digit wrong, other."""

    parts: ClassVar[Levels] = {"": ("same", "same line", "one error", "other")}
    atoms = ("all", "start", "end")

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Form | None:
        found = {_digits(one) for field in values for one in field}
        return tuple(sorted(found - {""})) or None

    @override
    def _level(self, one: str, other: str) -> int:
        short = min(len(one), len(other))
        if short < _LOCAL_DIGITS:
            return 3
        wrong = errors(one, other)
        if one[-short:] == other[-short:] or (wrong == 1 and one[1:] == other[1:]):
            return 1
        return 2 if wrong == 1 else 3

    @override
    def keys(self, form: Form, atom: str) -> Iterable[str]:
        """By its last seven digits or the four before: one error leaves one of them as it was."""
        if atom == "all":
            return form
        return {one[-5:] if atom == "end" else one[-9:-5] for one in form}


def _digits_of(text: str) -> str:
    return "".join([one for one in text if one.isdigit()])


def _digits(text: str) -> str:
    digits = "".join(one for one in fold(text) if one.isdigit()).lstrip("0")
    return digits or fold(text)


class EmailKind(SeveralKind):
    """Equal, a slip of the pen, the same name elsewhere or with another number, other."""

    parts: ClassVar[Levels] = {"": ("same", "near", "same name", "other")}
    atoms = ("all", "local")

    @override
    def form(self, values: Sequence[Sequence[str]]) -> Form | None:
        found = {fold(one).strip() for field in values for one in field}
        return tuple(sorted(found - {""})) or None

    @override
    def _level(self, one: str, other: str) -> int:
        mine, _, at = one.partition("@")
        theirs, _, there = other.partition("@")
        if mine == theirs:
            begins = at.startswith(there) or there.startswith(at)
            return 1 if begins or errors(at, there) <= 2 else 2
        if errors(one, other) != 1:
            return 3
        # People of one name take numbers to be told apart: a number is no slip of the pen.
        return 1 if _digits_of(one) == _digits_of(other) else 2

    @override
    def keys(self, form: Form, atom: str) -> Iterable[str]:
        return form if atom == "all" else {one.partition("@")[0] for one in form}
