"""From entries of `profiles` to what is told of customers."""

from __future__ import annotations

from collections.abc import Iterable

from c360_kernel.catalog.model import Catalog
from c360_kernel.codec import decode
from c360_kernel.log.entry import Entry
from c360_kernel.payload import ProfileChanged

from c360_identity.domain.rule_values import RuleValues, newest, rule_values_of


class RuleValueReader:
    """Reads the traits that a catalog marks for row rules."""

    def __init__(self, catalog: Catalog) -> None:
        self._traits = tuple(catalog.row_traits)

    def read(self, entries: Iterable[Entry]) -> list[RuleValues]:
        """Of each customer the newest. Raises `Invalid` for what is no payload of its topic."""
        return list(newest(map(self._values_in, entries)).values())

    def _values_in(self, entry: Entry) -> RuleValues:
        profile: ProfileChanged = decode(entry.topic, entry.data)
        return rule_values_of(profile, self._traits)
