"""The catalog's names for what senders call things: `Order Completed` is `order_completed`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from c360_federation.caches import Lru

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEPT = 10_000
_LONGEST = 200
_NONE = ""


def snake(text: str) -> str:
    """The words of a name in lower case, joined by `_`."""
    return "_".join(_WORD.findall(text)).lower()


def camel(text: str) -> str:
    """The words of a name as one, each but the first with a capital."""
    first, *others = _WORD.findall(text) or [""]
    return first.lower() + "".join(one.capitalize() for one in others)


class Names:
    """Finds names of a catalog: as they are, else in its own style, else under an alias.

    `style` makes the catalog's spelling of a text, `aliases` are names of Segment's own
    specification, in that spelling, for names of the catalog.
    """

    def __init__(
        self, known: Collection[str], style: Callable[[str], str], aliases: Mapping[str, str]
    ) -> None:
        self._known = known
        self._style = style
        self._aliases = aliases
        self._found: Lru[str, str] = Lru(_KEPT)

    def of(self, text: str) -> str | None:
        """The catalog's name, or None if it has none."""
        if text in self._known:
            return text
        if len(text) > _LONGEST:
            return None
        found = self._found.get(text)
        if found is None:
            found = self._found.put(text, self._sought(text))
        return found or None

    def _sought(self, text: str) -> str:
        styled = self._style(text)
        for one in (styled, self._aliases.get(styled, _NONE)):
            if one in self._known:
                return one
        return _NONE
