"""Identifiers that rows have and that no mapping takes: told, so that they do not just vanish.

A column is one by its name alone, whatever its case and signs: `E-Mail` is `email`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import cast

from c360_mapping.mapping import ImportMapping
from c360_mapping.paths import Cells

IDENTIFIER_UNMAPPED = "IDENTIFIER_UNMAPPED"
_REMEMBERED = 1_000
_SIGNS = re.compile(r"[^a-z0-9]")
_PLACE = re.compile(r"\[\d*\]")


def plain_name(name: str) -> str:
    """A name without case and signs, by which two spellings are compared."""
    return _SIGNS.sub("", name.lower())


class UnmappedIdentifiers:
    """Those of `types` that no column is mapped for; what a mapping reads at all is mapped.

    What has no identifiers, as answers to purposes, lacks none.
    """

    def __init__(self, types: Collection[str], mappings: Sequence[ImportMapping]) -> None:
        is_asked = any(mapping.kind.identifiers for mapping in mappings)
        self._types = {plain_name(one): one for one in types} if is_asked else {}
        named = (one.name for mapping in mappings for one in mapping.named())
        self._mapped = {_PLACE.sub("[]", name) for name in named}
        # Rows may name their values by days, or by ids: there is no end of such names.
        self._type_of = lru_cache(_REMEMBERED)(partial(_type_named, self._types))

    def types_in(self, row: Cells) -> Iterator[str]:
        """The type of each value of a row that is in a column of that name."""
        return self._under("", row) if self._types else iter(())

    def _under(self, path: str, cells: Cells) -> Iterator[str]:
        for name, value in cells.items():
            inner = f"{path}.{name}" if path else name
            if isinstance(value, dict):
                yield from self._under(inner, cast("Cells", value))
            elif isinstance(value, list):
                yield from self._in_list(name, f"{inner}[]", cast("Sequence[object]", value))
            elif value is not None and value != "" and inner not in self._mapped:
                yield from self._of(name)

    def _in_list(self, name: str, path: str, values: Sequence[object]) -> Iterator[str]:
        for value in values:
            if isinstance(value, dict):
                yield from self._under(path, cast("Mapping[str, object]", value))
            elif value is not None and value != "" and path not in self._mapped:
                yield from self._of(name)

    def _of(self, name: str) -> Iterator[str]:
        if known := self._type_of(name):
            yield known


def _type_named(types: Mapping[str, str], name: str) -> str:
    return types.get(plain_name(name), "")
