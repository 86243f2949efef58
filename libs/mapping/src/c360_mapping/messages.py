"""One message of a tool that wraps rows, and what can be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from c360_mapping.paths import Cells
from c360_mapping.refusals import RowRefused
from c360_mapping.row import BrokenRow, Row

ENVELOPE_INVALID = "ENVELOPE_INVALID"
DELETED = "__deleted"
"""The cell that says whether the source has deleted the row."""
CHANGED_AT = "__ts_ms"
"""The cell that says when the source changed it, in milliseconds UTC."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a source has come, in words of its own.

    Of one that tells it by parts, `part` names which: "" for all of them. None: it has no parts.
    """

    value: object
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`content` is any JSON; for the rest see `Envelopes`."""

    line: int
    content: object
    row_id: str = ""
    stream: str = ""
    patches: bool = False
    columns: frozenset[str] = frozenset()

    def row(self, cells: Cells) -> Row:
        """A row of these cells."""
        return Row(self.line, cells, self.row_id)

    def passed(self) -> Row:
        """A message that is no row."""
        return Row(self.line, {}, is_passed=True)

    def refused(self, message: str, code: str = ENVELOPE_INVALID, path: str = "") -> BrokenRow:
        """A message that cannot be taken, whole."""
        return BrokenRow(self.line, self.content, RowRefused(code, path, message), self.row_id)


def object_at(content: object, name: str) -> Mapping[str, object] | None:
    """The object of this name in an object; None where there is none."""
    found = cast(Cells, content).get(name) if isinstance(content, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None
