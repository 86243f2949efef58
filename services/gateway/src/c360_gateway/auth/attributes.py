"""What a token says of its holder beside roles: a team, a region, whatever row rules ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from c360_kernel.context import Attributes
from c360_kernel.errors import SettingsError

from c360_gateway.auth.errors import Reason, TokenRefused

Claims = Mapping[str, Any]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = "sub"


def local_attributes(claim: object) -> Attributes:
    """The claim as `mint` writes it: lists of texts by name; raises `TokenRefused`."""
    if claim is None:
        return ()
    if not isinstance(claim, dict):
        raise TokenRefused(Reason.CLAIM_WRONG)
    given = cast("dict[str, object]", claim)
    return tuple((name, _texts(value)) for name, value in sorted(given.items()))


def mapped_attributes(
    claims: Claims, places: Mapping[str, str], at: Callable[[Claims, str], object]
) -> Attributes:
    """The attributes at these places; whoever has none of a name has no such attribute."""
    found = ((name, at(claims, place)) for name, place in sorted(places.items()))
    return tuple((name, _texts(value)) for name, value in found if value is not None)


def read_attribute_map(text: str) -> Mapping[str, str]:
    """`OURS=CLAIM,OURS=CLAIM`, or a claim alone that is named as ours. Raises `SettingsError`."""
    places: dict[str, str] = {}
    for part in filter(str.strip, text.split(",")):
        ours, _, theirs = (one.strip() for one in part.partition("="))
        refuse_name(ours, "C360_OIDC_ATTRIBUTES")
        places[ours] = theirs or ours
    return places


def read_attributes(given: Iterable[str]) -> Attributes:
    """`NAME=VALUE`, a name as often as it has values. Raises `SettingsError`."""
    found: dict[str, list[str]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not value:
            raise SettingsError("an attribute is given as NAME=VALUE")
        refuse_name(name, "an attribute")
        found.setdefault(name, []).append(value)
    return tuple((name, tuple(values)) for name, values in sorted(found.items()))


def refuse_name(name: str, where: str) -> None:
    """Raise `SettingsError` for what no rule could name, and for what it names already."""
    if not _NAME.fullmatch(name) or name == _RESERVED:
        raise SettingsError(f"{where}: {name!r} is no name of an attribute (letters and digits)")


def _texts(value: object) -> tuple[str, ...]:
    """A text, a number, or a list of them; each is taken as text."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(_text(one) for one in items)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int):
        return str(value)
    raise TokenRefused(Reason.CLAIM_WRONG)
