"""What one operation works with."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer

from c360_activation.domain.subscribing import Destinations
from c360_activation.store.port import DeliveryReader

TAG = "audit"
"""What was sent is told to who is told what was asked: it names customers, and nothing of them."""


@dataclass(frozen=True, slots=True)
class GraphContext:
    """One per operation."""

    caller: CallerContext
    reader: DeliveryReader
    destinations: Destinations
    sealer: CursorSealer


Info = strawberry.Info[GraphContext, None]
