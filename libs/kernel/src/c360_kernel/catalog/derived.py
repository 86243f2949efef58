"""Identifier types whose values are made of another's: what such a type may say.

It is weaker evidence of the same thing, so it is tagged, guarded and blocked like what it is made
of, and tells nobody apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from c360_kernel.catalog.document import Located
from c360_kernel.catalog.model import IdentifierType
from c360_kernel.catalog.normalizers.deriving import DERIVING


def complete_derived(
    found: Mapping[str, IdentifierType], entries: Mapping[str, Located]
) -> dict[str, IdentifierType]:
    """The types, those that are derived with what they have of the others; or complaints."""
    return {name: _completed(one, found, entries[name]) for name, one in found.items()}


def _completed(
    type_: IdentifierType, found: Mapping[str, IdentifierType], at: Located
) -> IdentifierType:
    if not type_.derived_from:
        if type_.normalizer in DERIVING:
            at.complain(f"normalizer '{type_.normalizer}' needs 'derivedFrom'")
        return type_
    base = found.get(type_.derived_from)
    wrong = _wrong(type_, base)
    if wrong or base is None:
        at.complain(wrong)
        return type_
    return replace(type_, blocked=tuple(dict.fromkeys((*type_.blocked, *base.blocked))))


def _wrong(type_: IdentifierType, base: IdentifierType | None) -> str:
    if base is None or base.derived_from:
        return f"'derivedFrom' names no identifier type that sources say: '{type_.derived_from}'"
    if DERIVING.get(type_.normalizer) != base.normalizer:
        return f"normalizer '{type_.normalizer}' makes nothing of a '{base.normalizer}'"
    if type_.tier <= base.tier:
        return f"its tier must be weaker than that of '{base.name}'"
    if type_.tag != base.tag:
        return f"its tag must be that of '{base.name}'"
    if type_.separates or type_.limit is not None or type_.personal != base.personal:
        return "what is derived has no limit, does not separate, and is personal like its base"
    return ""
