"""How far a source has come, in its own words, kept once all before it is on the log."""

from __future__ import annotations

import os
from pathlib import Path

from c360_mapping import json_numbers

from c360_cli.imports.checkpoint import Progress
from c360_cli.imports.loading import Report
from c360_cli.imports.source import Source

_OWNER_ONLY = 0o600


class StateFile:
    """What `source` said last, in a file of its own that is replaced as a whole; JSON."""

    def __init__(self, path: Path | None, source: Source) -> None:
        self._path = path
        self._source = source

    def beside(self, report: Report) -> Report:
        """A report that also keeps the state of the rows that are done."""

        def both(line: int, done: Progress) -> None:
            self.keep(done.rows)
            report(line, done)

        return both

    def keep(self, rows: int) -> None:
        """So many rows are done."""
        # Whoever wants none of them asks all the same: states that nobody takes pile up.
        state = self._source.state_at(rows)
        if self._path is None or state is None:
            return
        aside = self._path.with_name(f"{self._path.name}.new")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(json_numbers.dumps(state))
        os.replace(aside, self._path)  # noqa: PTH105 - atomic on every system
