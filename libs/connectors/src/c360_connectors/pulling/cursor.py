"""How far a source was taken: the greatest time or number that its rows had, as milliseconds.

It is asked again from a while before that, and never beyond what has settled: rows come to be seen
later than they are dated, and several share one instant. What comes twice is a duplicate, and
costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import cast

from c360_mapping.conversions import Convert, to_text
from c360_mapping.paths import Cells, Find
from c360_mapping.times import DateStyle, to_datetime

NUMBER = "number"
_SHOWN = {"seconds": 1_000, "milliseconds": 1}


@dataclass(frozen=True, slots=True)
class Cursor:
    """`column` finds it in a row; `style` is how a time is written there, None for a number.

    `shown_as` is how the source wants it told: `iso`, `date`, `seconds`, `milliseconds` or a
    pattern of strftime, in `zone`. Numbers are told as they are.
    """

    column: Find
    style: DateStyle | None
    initial: int
    shown_as: str = "iso"
    zone: tzinfo = UTC
    lookback_ms: int = 0
    settle_ms: int = 0

    @property
    def is_of_time(self) -> bool:
        """Whether it is an instant, not a number."""
        return self.style is not None

    def since(self, reached: int | None) -> int:
        """From where on to ask, having come so far."""
        if reached is None:
            return self.initial
        return max(self.initial, reached - self.lookback_ms)

    def until(self, now_ms: int) -> int:
        """Up to where to ask."""
        return now_ms - self.settle_ms

    def highest(self, rows: Iterable[object], known: int | None) -> int | None:
        """The greatest of what rows have and was known. Raises `ValueError` for what is none."""
        found = (self.column(cast("Cells", row)) for row in rows if isinstance(row, dict))
        read = [self._read(value) for values in found for value in values[:1] if value is not None]
        return max([*read, *(() if known is None else (known,))], default=None)

    def shown(self, at: int) -> str | int:
        """As the source is told it."""
        if self.style is None:
            return at
        if per := _SHOWN.get(self.shown_as):
            return at // per
        moment = datetime.fromtimestamp(at / 1_000, UTC)
        if self.shown_as == "iso":
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        pattern = "%Y-%m-%d" if self.shown_as == "date" else self.shown_as
        return moment.astimezone(self.zone).strftime(pattern)

    def _read(self, value: object) -> int:
        if self.style is None:
            return int(to_text(value))
        return instant_ms(_reading(self.style)(value))


@lru_cache(maxsize=64)
def _reading(style: DateStyle) -> Convert:
    """One for all rows: it remembers what it has read."""
    return to_datetime(style)


def instant_ms(text: object) -> int:
    """Milliseconds UTC of an instant as ISO 8601 writes it."""
    return round(datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp() * 1_000)
