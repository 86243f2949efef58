"""The rows of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from c360_connectors.answers import Find
from c360_connectors.refusals import ConnectorStopped


@dataclass(frozen=True, slots=True)
class Rows:
    """Where they are; `columns` name the places of those that are lists."""

    find: Find
    is_each: bool
    columns: tuple[str, ...] = ()

    def of(self, answer: object) -> Sequence[object]:
        """Rows in their order. Raises `ConnectorStopped` where an answer has no place for them.

        Nothing there is not the same as no rows: it is an error that nobody described, and a
        cursor must not go past it.
        """
        found = self.find(answer)
        if not self.is_each:
            if not found:
                message = "the answer has nothing where its rows should be"
                raise ConnectorStopped(message, code="CONNECTOR_ANSWER_INVALID")
            found = _listed(found[0])
        return [self._named(row) for row in found]

    def _named(self, row: object) -> object:
        if not self.columns or not isinstance(row, list):
            return row
        cells = cast("list[object]", row)
        # One that has more or fewer is no row of these columns, and is refused as it is.
        return (
            row if len(cells) != len(self.columns) else dict(zip(self.columns, cells, strict=True))
        )


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return cast("list[object]", value) if isinstance(value, list) else [value]
