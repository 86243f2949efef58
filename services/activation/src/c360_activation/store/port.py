"""The ports of what is to be sent and what was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from c360_kernel.log.entry import Positions
from c360_kernel.projection.port import FedStore, Unit

from c360_activation.domain.delivery import Delivery, Message, Outcome, Standing
from c360_activation.domain.first_load import Scope
from c360_activation.store.loads import FirstLoad


class ActivationUnit(Unit, Protocol):
    """One batch on its way into the queue."""

    async def since(self) -> Mapping[str, Positions]:
        """Where each destination that was ever admitted begins in the log."""
        ...

    async def queue(self, messages: Sequence[Message]) -> None:
        """Put these at the end, in order; those with a known id are left out.

        The end of a customer is told only to who was told of it before, or is about to be, and what
        follows a row only to who holds it; a profile or row that waits is replaced by its newer
        state.
        """
        ...


class DeliveryReader(Protocol):
    """What was sent, for whoever asks."""

    async def standings(self) -> Mapping[str, Standing]:
        """How each destination is that was ever admitted, in the order of their names."""
        ...

    async def numbers(self, destination: str) -> Mapping[str, int]:
        """How many deliveries to a destination there are of each status, without those of none."""
        ...

    async def latest(self, destination: str, before: int | None, limit: int) -> Sequence[Delivery]:
        """At most `limit` deliveries numbered below `before` (None: to the last), newest first."""
        ...


class FirstLoads(Protocol):
    """What destinations that hold rows are told of at first."""

    async def begin_loads(self, scopes: Collection[Scope], until: Positions) -> Sequence[FirstLoad]:
        """Those of `scopes` that are not done; one that was never begun goes up to `until`.

        Of what is none of them any more nothing is kept.
        """
        ...

    async def load(self, load: FirstLoad, messages: Sequence[Message]) -> None:
        """Put at the end those of whom no row waits, and keep how far a load is, both or none.

        One that a load of before has told waits once more.
        """
        ...

    async def end_load(self, scope: Scope) -> None:
        """It is done, for as long as the destination has it."""
        ...


class ActivationStore(FedStore, DeliveryReader, FirstLoads, Protocol):
    """What is to be sent, and what became of it: a record of what happened, derived of nothing.

    No replay makes it anew, for what has left cannot be called back.
    """

    def unit(self) -> AbstractAsyncContextManager[ActivationUnit]:
        """Open a unit of work."""
        ...

    async def admit(self, destinations: Collection[str], ends: Positions) -> None:
        """Destinations that are new begin at these ends of the log; others stay as they are."""
        ...

    async def due(self, destination: str, now: int, limit: int) -> Sequence[Delivery]:
        """The oldest that waits of each customer, where it is due; none while it is not to be sent.

        Whatever is behind one of the same customer waits for it.
        """
        ...

    async def settle(self, number: int, outcome: Outcome, now: int) -> None:
        """Keep what a try came to. What was replaced meanwhile does not wait again.

        Whoever was sent something, if perhaps in vain, was told of that customer, for as long as
        the customer has not ended: what is over may expire before. What it holds of the customer
        is kept where the outcome says it.
        """
        ...

    async def put_standing(self, destination: str, standing: Standing) -> None:
        """Have a destination be so, whatever it was before."""
        ...

    async def hold(self, destination: str, standing: Standing) -> None:
        """Pause a destination or disable it; a longer pause of before holds, and so does an end."""
        ...

    async def again(self, destination: str, since: int, now: int) -> int:
        """Have what changed at `since` (ms UTC) or later sent once more; how many that is.

        Each goes under its id of before. What was replaced stays so. Rows that were sent may be
        lost: whether they are held is UNSURE from then on.
        """
        ...

    async def expire(self, before: int, limit: int) -> int:
        """Remove at most `limit` deliveries that are over since before a time; how many."""
        ...
