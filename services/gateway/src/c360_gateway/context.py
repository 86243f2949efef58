"""What travels with one operation to the subgraphs and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from c360_kernel.context import CallerContext
from c360_kernel.errors import Transient
from c360_policy.table import NO_RIGHTS, PolicyTable

from c360_gateway.auth.principal import Principal
from c360_gateway.policy.tables import PolicyTables


# Not frozen: every request makes one, and freezing takes longer than all else of it.
@dataclass(slots=True)
class OperationContext:
    """The caller as subgraphs know it, the principal as the gateway does, and whom it touched.

    `written_before` is how many mutations this process had answered when the operation began: its
    reads may join others that began as late, or none at all if it is None. `table` is the policy
    that the operation was decided by; `later` tells the caller by that of a later moment, where the
    operation outlasts the one it began in. `ends_at` is on the monotonic clock. `looked_up` are
    coordinates by which customers were found, or were not for want of the right, besides those
    that the operation itself uses. `consented` are those that are shown by each customer's consent,
    `consents` what is known of whose, `withheld` those that were not shown of somebody. `address`
    is where the caller comes from; `tables` are the policies of the graph that it is asked of.
    `reached` is, of a subscription, the cursor of what was told last of each list.
    """

    caller: CallerContext
    principal: Principal
    traceparent: str = ""
    subjects: set[str] = field(default_factory=set[str])
    written_before: int | None = None
    table: PolicyTable = NO_RIGHTS
    later: Callable[[], CallerContext] | None = None
    ends_at: float | None = None
    looked_up: set[str] = field(default_factory=set[str])
    address: str = ""
    consented: frozenset[str] = frozenset()
    consents: dict[Hashable, bool] = field(default_factory=dict[Hashable, bool])
    withheld: set[str] = field(default_factory=set[str])
    tables: PolicyTables | None = None
    reached: dict[str, str] | None = None
    sharing: bytes | None = field(default=None, init=False, compare=False, repr=False)
    """By what its reads are shared, once that was made out. Not copied along with the rest."""

    @property
    def seconds_left(self) -> float | None:
        """How long stores may work on it; None for as long as it takes."""
        return None if self.ends_at is None else max(0.0, self.ends_at - time.monotonic())

    @property
    def graph_tables(self) -> PolicyTables:
        """The policies of the graph that this is asked of. Raises `Transient` where there is none.

        That is so for what no operation of the graph asked.
        """
        if self.tables is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        return self.tables

    def present_caller(self) -> CallerContext:
        """The caller under the policy of this moment, where the operation outlasts its own."""
        return self.caller if self.later is None else self.later()
