"""A connector, as its file says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_mapping.mapping import ImportMapping

from c360_connectors.pulling.pull import Pull
from c360_connectors.templates import SECRET


@dataclass(frozen=True, slots=True)
class Connector:
    """One source: `mappings` make items of its rows, each row by each of them."""

    name: str
    source: str
    mappings: Sequence[ImportMapping]
    pull: Pull

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets that its requests name, without what marks them as such."""
        forms = [self.pull.request, *([self.pull.login.request] if self.pull.login else [])]
        named = frozenset[str]().union(*(form.names for form in forms))
        return frozenset(one.removeprefix(SECRET) for one in named if one.startswith(SECRET))
