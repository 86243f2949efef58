"""What customers bought, read of all their present records' events, as models of buying take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from c360_kernel.conditions.tree import EVERYBODY

from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.scores.model import PurchaseEvent
from c360_profile.store.granted import granted_purposes
from c360_profile.store.port import ProfileReader

_CHUNK = 500
_MS_A_DAY = 86_400_000
CURRENCY = "currency"


@dataclass(slots=True)
class PurchasesRead:
    """Of each customer what it spent by the day (UTC), and what was left out of it.

    `currencies` counts the purchases of each, "" those that say none. A purchase without an
    amount counts as one and adds nothing to what was spent.
    """

    spent: dict[str, dict[int, float]] = field(default_factory=dict[str, dict[int, float]])
    currencies: Counter[str] = field(default_factory=Counter[str])
    without_amount: int = 0
    other_currency: int = 0
    without_purpose: int = 0
    purchases: int = 0


async def read_purchases(
    reader: ProfileReader, what: PurchaseEvent, until: int | None, purpose: str = ""
) -> PurchasesRead:
    """The purchases of live customers to the end of day `until`, of all time if None.

    With a `purpose` of those customers only who have granted it.
    """
    found = PurchasesRead()
    ids = sorted(await reader.matching(EVERYBODY))
    end = None if until is None else (until + 1) * _MS_A_DAY
    for first in range(0, len(ids), _CHUNK):
        some: Sequence[str] = ids[first : first + _CHUNK]
        if purpose:
            granted = await granted_purposes(reader, some)
            found.without_purpose += sum(purpose not in granted[one] for one in some)
            some = [one for one in some if purpose in granted[one]]
        events = await reader.timeline(some, Window(names=(what.name,), until=end))
        for customer in some:
            _take(found, customer, events.get(customer, ()), what)
    return found


def _take(
    found: PurchasesRead, customer: str, events: Iterable[Event], what: PurchaseEvent
) -> None:
    for event in events:
        currency = str(event.properties.get(CURRENCY) or "")
        if what.currency and currency != what.currency:
            found.other_currency += 1
            continue
        amount = event.properties.get(what.amount)
        is_number = isinstance(amount, int | float)
        days = found.spent.setdefault(customer, {})
        day = event.occurred_at // _MS_A_DAY
        days[day] = days.get(day, 0.0) + (amount if is_number else 0.0)
        found.purchases += 1
        found.currencies[currency] += 1
        found.without_amount += not is_number
