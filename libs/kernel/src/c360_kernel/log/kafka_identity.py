"""Which log these topics are, and whether they still are what they were.

The id, the format and the instance stand in the settings topic. Brokers tell a topic that was made
again from the one before by nothing but its entries, so the first entry of each partition is
remembered there as well: another one, or none, is another topic, however long it has grown.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from c360_kernel.errors import SettingsError, Transient, Unusable
from c360_kernel.log.entry import Entry, NewEntry, Partition, Position
from c360_kernel.log.format import LOG_FORMAT, READABLE
from c360_kernel.log.identity import (
    LogIdentity,
    Origin,
    new_log_id,
    refuse_other_instance,
    refuse_truncated,
)
from c360_kernel.log.kafka_read import Reader
from c360_kernel.log.kafka_settings import LogSettings
from c360_kernel.log.naming_keys import (
    HeldKeys,
    refuse_another,
    refuse_other_keys,
    to_be_known,
)
from c360_kernel.log.topics import DERIVED, TRUTH
from c360_kernel.stamp import is_stamp

_LASTING = (*TRUTH, *DERIVED)
_LOG, _STAMP, _KEY = "log", "stamp", "key/"
_TAIL = 200
_WRITE_AGAIN_S = 2.0
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Known:
    """What the settings topic says of the log. `firsts` are fingerprints by `topic/number`."""

    id: str
    instance: str
    format: int = LOG_FORMAT
    firsts: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self) -> str:
        """As it is kept."""
        known = {"id": self.id, "instance": self.instance, "format": self.format}
        return json.dumps({**known, "firsts": dict(sorted(self.firsts.items()))})


class KafkaIdentity:
    """Finds out who the log is, makes it known once, and looks whether it still is."""

    def __init__(
        self,
        settings: LogSettings,
        reader: Reader,
        partitions: int,
        instance: str,
        keys: HeldKeys,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._instance = instance
        self._keys = keys
        self._lasting = [Partition(t, n) for t in _LASTING for n in range(partitions)]
        self._known: _Known | None = None
        self._stamp = ""
        self._written_at = 0.0

    async def look(self) -> LogIdentity:
        """Who the log is. Raises `SettingsError` (LOG_FOREIGN, LOG_TRUNCATED, KEY_MISSING,
        KEY_REPLACED).
        """
        refuse_truncated(await self._reader.beginnings(self._lasting))
        history = await self._settings.history()
        held = [_read(text) for text in history.get(_LOG, ())]
        if held:
            _refuse_other_format(held[-1])
        refuse_another(_owner(held), self._instance, _known_keys(history), self._keys)
        if self._known is None:
            await self._learn_keys(history)
        firsts = await self._firsts()
        if held:
            _refuse_other_firsts(held[-1].firsts, firsts)
        known = self._known = await self._agreed(held, firsts)
        if not self._stamp:
            self._stamp = max([*history.get(_STAMP, ()), await self._last_stamp()])
        return LogIdentity(Origin(known.id, known.instance), self._stamp)

    async def appended(self, entries: Sequence[NewEntry], positions: Sequence[Position]) -> None:
        """Remember how partitions begin, and now and then the highest stamp.

        Other writers' entries may follow it for long. What cannot be told is told another time.
        """
        firsts = {
            _name(one.topic_partition): _fingerprint(entry)
            for entry, one in zip(entries, positions, strict=True)
            if one.offset == 0 and one.topic in _LASTING
        }
        stamp = max(entry.stamp for entry in entries)
        self._stamp = max(stamp, self._stamp)
        with contextlib.suppress(Transient):
            if firsts and self._known is not None:
                await self._write(replace(self._known, firsts={**self._known.firsts, **firsts}))
            if stamp == self._stamp and time.monotonic() - self._written_at >= _WRITE_AGAIN_S:
                self._written_at = time.monotonic()
                await self._settings.put(_STAMP, stamp)

    async def close(self) -> None:
        """Disconnect."""
        await self._reader.close()
        await self._settings.close()

    async def _agreed(self, held: Sequence[_Known], firsts: Mapping[str, str]) -> _Known:
        """What is said of the log once everybody has seen everybody's.

        Its id is the first one's, its instance the first that was named. Who came second says so
        again, since of all that is said the last alone stays.
        """
        known = self._merged(held, firsts)
        if held and known == held[-1]:
            return known
        await self._write(known)
        seen = [_read(text) for text in (await self._settings.history())[_LOG]]
        agreed = self._merged(seen, firsts)
        if agreed != seen[-1]:
            await self._write(agreed)
        refuse_other_instance(agreed.instance, self._instance)
        return agreed

    async def _learn_keys(self, history: Mapping[str, Sequence[str]]) -> None:
        known = _known_keys(history)
        refuse_other_keys(known, self._keys)
        news = to_be_known(known, self._keys)
        for name, value in news.items():
            await self._settings.put(f"{_KEY}{name}", value)
        said = await self._settings.history() if news else {}
        for name in news:
            # Of two that came at once the first one's stays: who came second says so again.
            values = said[f"{_KEY}{name}"]
            first = _first_after(known.get(name, ""), values)
            if values[-1] != first:
                await self._settings.put(f"{_KEY}{name}", first)
            refuse_other_keys({name: first}, self._keys)

    def _merged(self, held: Sequence[_Known], firsts: Mapping[str, str]) -> _Known:
        log = held[0].id if held else new_log_id()
        known = held[-1].firsts if held else {}
        return _Known(log, _owner(held) or self._instance, LOG_FORMAT, {**known, **firsts})

    async def _write(self, known: _Known) -> None:
        self._known = known
        await self._settings.put(_LOG, known.text())

    async def _firsts(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        ends = await self._reader.ends(self._lasting)
        for partition in (one for one in self._lasting if ends[one]):
            (first,) = await self._reader.read(partition, 0, 1)
            found[_name(partition)] = _fingerprint(first)
        return found

    async def _last_stamp(self) -> str:
        highest = ""
        truth = [one for one in self._lasting if one.topic in TRUTH]
        for partition, end in (await self._reader.ends(truth)).items():
            entries = await self._reader.read(partition, max(0, end - _TAIL), _TAIL)
            stamps = (entry.stamp for entry in entries if is_stamp(entry.stamp))
            highest = max([highest, *stamps])
        return highest


def _read(text: str) -> _Known:
    known = json.loads(text)
    return _Known(known["id"], known["instance"], known["format"], known["firsts"])


def _known_keys(history: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    keys = {name: values for name, values in history.items() if name.startswith(_KEY)}
    return {name.removeprefix(_KEY): values[-1] for name, values in keys.items()}


def _first_after(known: str, values: Sequence[str]) -> str:
    """What was said first, of what was said since a value was known."""
    since = len(values) - values[::-1].index(known) if known in values else 0
    return values[since]


def _owner(held: Sequence[_Known]) -> str:
    return next((known.instance for known in held if known.instance), "")


def _refuse_other_format(known: _Known) -> None:
    if known.format not in READABLE:
        raise Unusable(
            f"the log has format {known.format}, this version reads {LOG_FORMAT}: use the version"
            " that wrote it",
            code="STORE_FORMAT",
        )


def _refuse_other_firsts(known: Mapping[str, str], found: Mapping[str, str]) -> None:
    for name, fingerprint in known.items():
        if found.get(name) != fingerprint:
            raise SettingsError(
                f"topic {name.partition('/')[0]} was made anew: it begins with other entries than"
                " this log's, restore it",
                code="LOG_FOREIGN",
            )


def _fingerprint(entry: NewEntry | Entry) -> str:
    return hashlib.sha256(f"{entry.stamp} {entry.id}".encode()).hexdigest()[:_DIGITS]


def _name(partition: Partition) -> str:
    return f"{partition.topic}/{partition.number}"
