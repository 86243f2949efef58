"""What is made once for an operation and a policy that meet, and goes with either of them."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar
from weakref import ref

from c360_federation.answers import CompiledOperation
from c360_federation.caches import Lru

from c360_gateway.policy.decisions import TablePolicy

_KEPT = 2_000
V = TypeVar("V")


class _Made(NamedTuple, Generic[V]):
    compiled: ref[CompiledOperation]
    policy: ref[TablePolicy]
    value: V


class WeakPairCache(Generic[V]):
    """Keeps neither alive: an operation that the engine forgot would stay with its plan."""

    def __init__(self) -> None:
        self._made: Lru[tuple[int, int], _Made[V]] = Lru(_KEPT)

    def get(self, compiled: CompiledOperation, policy: TablePolicy) -> V | None:
        """What was made for just these two."""
        made = self._made.get((id(compiled), id(policy)))
        # An id is given again once its object is gone.
        if made is None or made.compiled() is not compiled or made.policy() is not policy:
            return None
        return made.value

    def put(self, compiled: CompiledOperation, policy: TablePolicy, value: V) -> V:
        """Keep what was made."""
        made = _Made(ref(compiled), ref(policy), value)
        return self._made.put((id(compiled), id(policy)), made).value
