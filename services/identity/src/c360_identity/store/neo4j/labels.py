"""Labels of one store's generation, so that several can share a database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# In our statements only labels are CamelCase: relationship types and functions are not.
_LABEL = re.compile(r"(?<=:)[A-Z][a-z]+\b")
# What is best does not change with the number of nodes, since every statement begins at an index;
# without this the server makes the plans anew whenever that has grown much.
_PLANNED_ONCE = "CYPHER replan=skip "


@dataclass(frozen=True, slots=True)
class Labels:
    """Puts the prefix before each label of a statement and the generation after it."""

    prefix: str
    generation: int
    _known: dict[str, str] = field(default_factory=dict[str, str], compare=False)

    def apply(self, statement: str) -> str:
        """The statement as the server is asked."""
        known = self._known.get(statement)
        if known is None:
            labelled = _LABEL.sub(self._full, statement)
            known = self._known[statement] = f"{_PLANNED_ONCE}{labelled}"
        return known

    def name(self, label: str) -> str:
        """A label in full."""
        return f"{self.prefix}{label}_{self.generation}"

    def _full(self, found: re.Match[str]) -> str:
        return self.name(found.group())
