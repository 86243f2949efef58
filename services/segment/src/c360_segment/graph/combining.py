"""Set algebra on the members of segments, as bitmaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.errors import Invalid
from pyroaring import FrozenBitMap

from c360_segment.domain.segments import Segment
from c360_segment.graph.context import Info

_MOST = 50


class Combination(NamedTuple):
    """In all of some segments, in at least one of others, in none of others; None: not asked."""

    every: Sequence[str] | None = None
    some: Sequence[str] | None = None
    none: Sequence[str] | None = None

    def question(self, known: Mapping[str, Segment]) -> str:
        """A name of it, the same however its segments are ordered."""
        parts = (sorted({known[name].question for name in one or ()}) for one in self)
        return " ".join(
            f"{form}:{','.join(one)}" for form, one in zip(self._fields, parts, strict=True)
        )


async def known_names(info: Info, names: Sequence[str]) -> Sequence[str]:
    """These names, each once. Raises `Invalid` SEGMENT_UNKNOWN or SEGMENTS_TOO_MANY."""
    if len(names) > _MOST:
        raise Invalid(f"at most {_MOST} segments are put together", code="SEGMENTS_TOO_MANY")
    known = await info.context.defined.visible()
    if any(name not in known for name in names):
        raise Invalid("no segment of this name is known to you", code="SEGMENT_UNKNOWN")
    return list(dict.fromkeys(names))


async def combined(info: Info, asked: Combination) -> tuple[str, FrozenBitMap]:
    """A name for the question, and the numbers of those who are meant."""
    context = info.context
    names = await known_names(info, [name for part in asked for name in part or ()])
    loaded = dict(zip(names, await context.members.load_many(list(names)), strict=True))
    bases = [loaded[name] for name in asked.every or ()]
    if asked.some is not None:
        bases.append(FrozenBitMap().union(*(loaded[name] for name in asked.some)))
    if not bases:
        bases.append(await context.reader.meeting(EVERYBODY))
    found = bases[0].intersection(*bases)
    question = asked.question(await context.defined.visible())
    return question, found.difference(FrozenBitMap(), *(loaded[n] for n in asked.none or ()))
