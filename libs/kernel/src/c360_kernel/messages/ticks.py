"""That it is at least so late: the payload of `ticks`, and its message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from c360.events.v1 import ticks_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.payload import Payload


@dataclass(frozen=True, slots=True)
class Ticked(Payload):
    """`ticks`: it is `at` by now, or later; milliseconds UTC."""

    at: int


def _from_tick(p: Ticked) -> pb.Ticked:
    return pb.Ticked(at=p.at)


def _to_tick(m: pb.Ticked) -> Ticked:
    return Ticked(m.at)


TICK = Codec(pb.Ticked, _from_tick, _to_tick)


def at_of(data: bytes) -> int:
    """The moment that a tick says. Raises what `Codec.decode` does."""
    return cast(Ticked, TICK.decode(data)).at
