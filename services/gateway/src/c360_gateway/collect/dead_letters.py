"""Entries that a consumer put aside: they are still in the log, and may be appended once more.

An entry keeps its id and its stamp, so whoever has taken it takes nothing new from it, and who has
not takes it now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from c360_kernel.codec import decode
from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry, Partition, to_append_again
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DEAD_LETTERS
from c360_kernel.payload import EntryDeadLettered
from c360_kernel.record import RecordKey

from c360_gateway.auth.principal import Principal
from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal, Stage
from c360_gateway.collect.topic_pages import Listed, TopicPage, TopicPages

MAX_RESENT = 200
DeadLetter = Listed[EntryDeadLettered]
DeadLetterPage = TopicPage[EntryDeadLettered]
_UNKNOWN = Refusal("DEAD_LETTER_UNKNOWN", "", "this is no id of a dead letter")
_GONE = Refusal("DEAD_LETTER_GONE", "", "the log does not hold this entry any more")
_FORBIDDEN = Refusal("SOURCE_FORBIDDEN", "", "this token may not write the source of this entry")


@dataclass(frozen=True, slots=True)
class WantedLetters:
    """Which dead letters are looked for; None stands for any."""

    group: str | None = None
    code: str | None = None

    def fits(self, letter: EntryDeadLettered) -> bool:
        """Whether this is one of them."""
        return self.group in (None, letter.group) and self.code in (None, letter.code)


class DeadLetters:
    """The dead letters of a log, and the way back for their entries."""

    def __init__(self, log: EventLog, sealer: CursorSealer) -> None:
        self._log = log
        self._pages = TopicPages(log, sealer, DEAD_LETTERS, EntryDeadLettered)

    async def page(self, size: int, after: str | None, wanted: WantedLetters) -> DeadLetterPage:
        """At most `size` letters after a cursor, newest first. Raises `CursorInvalid`."""
        return await self._pages.page(size, after, wanted.fits)

    async def resend(self, ids: Sequence[str], principal: Principal) -> Sequence[ItemResult]:
        """Append the entries of these letters again, all at once; a result per id, in order.

        Raises `Invalid` (TOO_MANY_ITEMS) and `Transient` when the log cannot take them.
        """
        if len(ids) > MAX_RESENT:
            raise Invalid(f"a call resends at most {MAX_RESENT} entries", code="TOO_MANY_ITEMS")
        found = [await self._found(name, principal) for name in ids]
        again = {one.id: to_append_again(one) for one in found if isinstance(one, Entry)}
        if again:
            await self._log.append(list(again.values()))
        return [_result(index, one) for index, one in enumerate(found)]

    async def _found(self, name: str, principal: Principal) -> Entry | Refusal:
        try:
            letter = await self._pages.item(name)
        except CursorInvalid:
            return _UNKNOWN
        entry = None if letter is None else await self._entry(letter)
        if letter is None or entry is None:
            return _GONE
        record = record_of(letter)
        if record is not None and not principal.may_write(record.source):
            return _FORBIDDEN
        return entry

    async def _entry(self, letter: EntryDeadLettered) -> Entry | None:
        place = Partition(letter.topic, letter.partition)
        found = await self._log.read(place, letter.offset, 1)
        # A log that was replaced may hold another entry there.
        return next((one for one in found if one.id == letter.entry_id), None)


def _result(index: int, found: Entry | Refusal) -> ItemResult:
    if isinstance(found, Refusal):
        return ItemResult(index, ItemStatus.REFUSED, None, found)
    return ItemResult(index, ItemStatus.ACCEPTED, Stage.LOG)


def record_of(letter: EntryDeadLettered) -> RecordKey | None:
    """The source record that the entry is about; None where it names none or is unreadable."""
    record = getattr(_content(letter), "record", None)
    return record if isinstance(record, RecordKey) else None


def subject_of(letter: EntryDeadLettered) -> str | None:
    """Whom the entry is about, as the audit log names a customer or a source record."""
    record, customer = record_of(letter), getattr(_content(letter), "customer", None)
    if record is not None:
        return f"record:{record}"
    return customer if isinstance(customer, str) else None


def content_of(letter: EntryDeadLettered) -> str | None:
    """What the entry says, JSON; None where that cannot be read."""
    content = _content(letter)
    return None if content is None else json.dumps(content, ensure_ascii=False, default=_plain)


def _content(letter: EntryDeadLettered) -> object:
    try:
        return decode(letter.topic, letter.data)
    except Invalid:
        return None


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever a payload holds
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    return str(value)
