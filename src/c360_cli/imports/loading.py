"""Loads one file: maps its rows, sends them in batches, keeps count, writes rejects.

While a batch is on its way the next one is mapped. The rows of a batch are done when it was
answered and its rejects are written; only then does the checkpoint say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from c360_mapping.items import Item, ItemMaker
from c360_mapping.refusals import InputRefused, RowRefused
from c360_mapping.row import BrokenRow, Row
from c360_mapping.unmapped import IDENTIFIER_UNMAPPED, UnmappedIdentifiers

from c360_cli.imports.checkpoint import Checkpoint, NoCheckpoint, Progress
from c360_cli.imports.refusals import ImportRefused
from c360_cli.imports.rejects import RejectFile
from c360_cli.imports.sending import DUPLICATE, OUTDATED, Outcome, Sender

Report = Callable[[int, Progress], None]
"""Told the line that the import has come to, and what became of the rows so far."""


_ABOUT_ALL_ROWS = frozenset(
    {"UNKNOWN_SOURCE", "SOURCE_FORBIDDEN", "UNKNOWN_TRAIT", "UNKNOWN_IDENTIFIER"}
)


@dataclass(frozen=True, slots=True)
class Handled:
    """A row and its item; without an item it was refused, or skipped."""

    row: Row | BrokenRow
    row_id: str
    item: Item | None
    refusal: RowRefused | None


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    handled: Sequence[Handled]
    answer: Future[list[Outcome]]


class Loader:
    """One run of one import, going on where `progress` ends."""

    def __init__(
        self,
        maker: ItemMaker,
        sender: Sender,
        rejects: RejectFile,
        checkpoint: Checkpoint | NoCheckpoint,
        progress: Progress,
        report: Report,
        unmapped: UnmappedIdentifiers,
    ) -> None:
        self.progress = progress
        self._maker = maker
        self._sender = sender
        self._rejects = rejects
        self._checkpoint = checkpoint
        self._report = report
        self._unmapped = unmapped

    def load(self, rows: Iterator[Row | BrokenRow], batch: int) -> None:
        """Loads all rows, `batch` of them at a time.

        Raises `ImportStopped` or `ImportRefused`; what was answered before stays done.
        """
        # Rows that are done are handled again: the ids of later ones depend on them.
        for row in islice(rows, self.progress.rows):
            self._handle(row)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-send") as sending:
            try:
                self._send_all(rows, batch, sending)
            except BaseException:
                self._sender.cancel()
                raise
        self._checkpoint.clear()

    def _send_all(
        self, rows: Iterator[Row | BrokenRow], batch: int, sending: ThreadPoolExecutor
    ) -> None:
        on_its_way: _OnItsWay | None = None
        fault: InputRefused | None = None
        while fault is None:
            handled, fault = self._handled(rows, batch)
            self._settle(on_its_way)
            if not handled:
                break
            items = [one.item for one in handled if one.item is not None]
            on_its_way = _OnItsWay(handled, sending.submit(self._sender.send, items))
        else:
            self._settle(on_its_way)
        if fault is not None:
            raise fault

    def _handled(
        self, rows: Iterator[Row | BrokenRow], batch: int
    ) -> tuple[list[Handled], InputRefused | None]:
        """The next rows, and why there are no more where a stream cannot be read on."""
        handled: list[Handled] = []
        try:
            handled.extend(self._handle(row) for row in islice(rows, batch))
        except InputRefused as fault:
            return handled, fault
        return handled, None

    def _handle(self, row: Row | BrokenRow) -> Handled:
        row_id = self._maker.identify(row)
        if isinstance(row, BrokenRow):
            return Handled(row, row_id, None, row.refusal)
        try:
            item = self._maker.make(row, row_id)
        except RowRefused as refusal:
            return Handled(row, row_id, None, refusal)
        # What the instance refuses must come back under the name that it went out with.
        return Handled(row, str((item or {}).get("messageId", row_id)), item, None)

    def _settle(self, sent: _OnItsWay | None) -> None:
        if sent is None:
            return
        outcomes = iter(sent.answer.result())
        for one in sent.handled:
            if one.item is not None:
                self._count(one, next(outcomes))
            elif one.refusal is not None:
                refusal = one.refusal
                self._reject(one, refusal.code, refusal.path, refusal.message)
            else:
                self.progress.skipped += 1
        self.progress.rows += len(sent.handled)
        self.progress.rejects_bytes = self._rejects.flush()
        self._checkpoint.save(self.progress)
        self._report(sent.handled[-1].row.line, self.progress)

    def _count(self, one: Handled, outcome: Outcome) -> None:
        if outcome.code in _ABOUT_ALL_ROWS:
            # Rows cannot mend it: the mapping or the token is wrong, and quarantine would fill up.
            raise ImportRefused(outcome.message, code=outcome.code)
        for code, type_ in outcome.warnings:
            self.progress.warn(code, type_)
        if outcome.taken and isinstance(one.row, Row):
            for type_ in self._unmapped.types_in(one.row.cells):
                self.progress.warn(IDENTIFIER_UNMAPPED, type_)
        if not outcome.taken:
            code = outcome.code or outcome.status
            self._reject(one, code, outcome.path, outcome.message)
        elif outcome.status == DUPLICATE:
            self.progress.duplicates += 1
        elif outcome.status == OUTDATED:
            self.progress.outdated += 1
        else:
            self.progress.accepted += 1

    def _reject(self, one: Handled, code: str, path: str, message: str) -> None:
        self.progress.rejected += 1
        row = one.row
        raw = row.cells if isinstance(row, Row) else row.raw
        self._rejects.add(row.line, code, path, message, one.row_id, raw)
