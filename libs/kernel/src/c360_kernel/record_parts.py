"""The parts of a record that a patch can name: each trait, and each type of its identifiers.

The record of an account has one part more: of which account it is a part.
An identifier that a trait says (`identifier:` in the catalog) belongs to that trait; the others of
one type are one part.
"""

from __future__ import annotations

PARENT = "parent"
_TRAITS = "traits."
_IDENTIFIERS = "identifiers."


def trait_part(name: str) -> str:
    """The part that is one trait."""
    return _TRAITS + name


def identifiers_part(type_: str) -> str:
    """The part that is the identifiers of one type that no trait says."""
    return _IDENTIFIERS + type_


def trait_of(part: str) -> str | None:
    """The trait that a part is, None if it is identifiers."""
    return part.removeprefix(_TRAITS) if part.startswith(_TRAITS) else None


def identifier_type_of(part: str) -> str | None:
    """The type of the identifiers that a part is, None if it is a trait."""
    return part.removeprefix(_IDENTIFIERS) if part.startswith(_IDENTIFIERS) else None
