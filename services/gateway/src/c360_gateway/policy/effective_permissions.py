"""What a compiled policy lets its caller do with each coordinate, told for one coordinate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from c360_policy.control_tags import CONTROL_TAGS
from c360_policy.rule import FOREVER
from c360_policy.schema.reach import LOOKUPS, is_item_part
from c360_policy.table import Access, PolicyTable

_MUTATION = "Mutation."
_TAGGING, _TAGS = "Mutation.tagCustomers", "TagsInput"
_WRITTEN = ("Identifiers", "IdentifierType", "Profile", "RecordTraits")
"""Types that show what items are made of."""


@dataclass(frozen=True, slots=True)
class EffectivePermission:
    """What a coordinate is to somebody, by which rules, and until when (ms UTC; None: for good)."""

    coordinate: str
    read: Access
    may_look_up: bool
    may_filter: bool
    may_write: bool
    may_export: bool
    needs_consent: bool
    tags: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether it may be used in no way at all."""
        rights = (self.may_look_up, self.may_filter, self.may_write, self.may_export)
        return self.read.action == "deny" and not any(rights)

    @property
    def until(self) -> float | None:
        """When reading it may be decided otherwise, as far as is known now."""
        return None if self.read.valid_until == FOREVER else self.read.valid_until


class EffectivePermissions:
    """What a role set may do, by the table of the moment; `consented` is shown by consent."""

    def __init__(self, table: PolicyTable, consented: frozenset[str] = frozenset()) -> None:
        self._table = table
        self._consented = consented
        self._tags = table.write(_TAGGING).action == "allow"
        self._mutates = any(
            one.action == "allow"
            for at, one in table.writes.items()
            if at.startswith(_MUTATION) and at != _TAGGING and not CONTROL_TAGS & table.tags[at]
        )

    def listed(self) -> Iterator[EffectivePermission]:
        """Every coordinate that may be used in some way; all that are known, to who introspects."""
        for coordinate in sorted(self._table.tags):
            found = self.of(coordinate)
            if not found.is_nothing or self._table.may_introspect:
                yield found

    def of(self, coordinate: str) -> EffectivePermission:
        """One coordinate; one that nobody knows is like one that is denied."""
        table, is_mutation = self._table, coordinate.startswith(_MUTATION)
        read = Access("deny") if is_mutation else table.read(coordinate)
        return EffectivePermission(
            coordinate,
            read,
            may_look_up=_looks_up(coordinate) and table.finding(coordinate).action == "allow",
            may_filter=self._may_filter(coordinate),
            may_write=self._may_write(coordinate),
            may_export=not is_mutation and table.exporting(coordinate).action != "deny",
            needs_consent=coordinate in self._consented and read.action != "deny",
            tags=() if self._is_hidden(coordinate) else tuple(sorted(table.tags[coordinate])),
        )

    def _may_filter(self, coordinate: str) -> bool:
        """What is shown by consent is compared with nothing: it would tell who does not show it."""
        may = self._table.filtering(coordinate).action == "allow"
        is_shown_to_some = not self._consented.isdisjoint(self._table.told_by(coordinate))
        return may and not coordinate.startswith(_MUTATION) and not is_shown_to_some

    def _may_write(self, coordinate: str) -> bool:
        own = self._table.write(coordinate)
        if coordinate.startswith(_MUTATION):
            return own.action == "allow"
        return self._may_give(coordinate) and not self._table.forbids_writing(coordinate)

    def _may_give(self, coordinate: str) -> bool:
        """Whether any mutation takes it: tags are taken by one alone, which takes nothing else."""
        kind = coordinate.partition(".")[0]
        if kind == _TAGS:
            return self._tags
        return self._mutates and (is_item_part(coordinate) or kind in _WRITTEN)

    def _is_hidden(self, coordinate: str) -> bool:
        return coordinate not in self._table.tags or (
            self._table.read(coordinate).action == "deny" and not self._table.may_introspect
        )


def _looks_up(coordinate: str) -> bool:
    return coordinate.startswith("IdentifierType.") or coordinate.partition("(")[0] in LOOKUPS
