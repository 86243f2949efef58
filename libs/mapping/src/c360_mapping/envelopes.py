"""Rows out of the messages that other tools wrap them in, as a mapping's format says.

What a message says of its row stands beside the row's own cells, under names with two underscores.
A message that is no row, such as a tombstone, is a row that is passed over, so that all that was
read is counted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from c360_mapping import cloud_events, debezium, taps
from c360_mapping.formats import DELETING, JsonLines
from c360_mapping.mapping import ImportMapping
from c360_mapping.messages import Message, State
from c360_mapping.paths import Cells
from c360_mapping.row import BrokenRow, Row

Unwrap = Callable[[Message], Iterable[Row | BrokenRow | State]]
UNWRAPPED: Mapping[str, Unwrap] = {
    "debezium": debezium.rows_of,
    "cloudevents": cloud_events.rows_of,
    "singer": taps.singer_rows,
    "airbyte": taps.airbyte_rows,
}
"""By the name of a format."""
STREAMS = frozenset({"singer", "airbyte"})
"""Formats whose messages are of several streams."""


def envelopes_of(mapping: ImportMapping) -> Envelopes | None:
    """What unwraps the rows of a mapping, None where they come as they are."""
    form = mapping.format
    if not isinstance(form, JsonLines) or not form.envelope:
        return None
    columns = (re.split(r"[.\[]", one.name)[0] for one in mapping.named())
    return Envelopes(form.envelope, form.stream, mapping.patches, columns)


class Envelopes:
    """Unwraps the messages of one input, in order.

    `stream` is the one that is read, "" for all; `patches` is whether a row may leave out what its
    message does not know, and `columns` are those that the mapping reads.
    """

    def __init__(
        self, form: str, stream: str = "", patches: bool = False, columns: Iterable[str] = ()
    ) -> None:
        self._form = form
        self._unwrap = UNWRAPPED[form]
        self._stream = stream
        self._patches = patches
        self._columns = frozenset(columns)
        self._rows = 0
        self._states: deque[tuple[int, State]] = deque()
        self._parts: dict[str, object] = {}

    def rows(self, lines: Iterable[Row | BrokenRow]) -> Iterator[Row | BrokenRow]:
        """A row for each row of a message, and one that is passed over for any other message."""
        for line in lines:
            for row in self._of(line):
                self._rows += 1
                yield row

    def state_at(self, rows: int) -> object:
        """The last state that was told before this many rows; None without a new one.

        Where it is told by parts it is the list of the last one of each.
        """
        found: object = None
        while self._states and self._states[0][0] <= rows:
            found = self._latest(self._states.popleft()[1])
        return found

    def _latest(self, state: State) -> object:
        if state.part is None:
            return state.value
        if not state.part:
            self._parts.clear()
        self._parts[state.part] = state.value
        return list(self._parts.values())

    def _of(self, line: Row | BrokenRow) -> Iterator[Row | BrokenRow]:
        if isinstance(line, BrokenRow) and line.refusal.code != "ROW_NOT_OBJECT":
            yield line
            return
        content = line.raw if isinstance(line, BrokenRow) else line.cells
        if self._is_unwrapped(content):
            # It was unwrapped, refused and mended.
            yield Row(line.line, cast(Cells, content), line.row_id)
            return
        message = Message(
            line.line, content, line.row_id, self._stream, self._patches, self._columns
        )
        for found in self._unwrap(message):
            yield self._kept(found, message) if isinstance(found, State) else found

    def _is_unwrapped(self, content: object) -> bool:
        # Of an event nothing stands beside its attributes, which anybody may name.
        is_marked = isinstance(content, dict) and any(name.startswith("__") for name in content)
        return is_marked and self._form in DELETING

    def _kept(self, state: State, message: Message) -> Row:
        self._states.append((self._rows + 1, state))
        return message.passed()
