"""What customers bought, read of all their present records' events, as models of buying take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from c360_kernel.computing.windows import MS_A_DAY

from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.scores.history import spent_on_day
from c360_profile.domain.scores.model import PurchaseEvent
from c360_profile.store.granted import pages_of_granting
from c360_profile.store.port import ProfileReader

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
    end = None if until is None else (until + 1) * MS_A_DAY
    async for some, without in pages_of_granting(reader, purpose):
        found.without_purpose += without
        events = await reader.timeline(some, Window(names=(what.name,), until=end))
        for customer in some:
            _take(found, customer, events.get(customer, ()), what)
    return found


def _take(
    found: PurchasesRead, customer: str, events: Iterable[Event], what: PurchaseEvent
) -> None:
    amounts: dict[int, list[float]] = {}
    for event in events:
        currency = str(event.properties.get(CURRENCY) or "")
        if what.currency and currency != what.currency:
            found.other_currency += 1
            continue
        amount = event.properties.get(what.amount)
        is_number = isinstance(amount, int | float)
        amounts.setdefault(event.occurred_at // MS_A_DAY, []).append(amount if is_number else 0.0)
        found.purchases += 1
        found.currencies[currency] += 1
        found.without_amount += not is_number
    if amounts:
        found.spent[customer] = {day: spent_on_day(paid) for day, paid in amounts.items()}
