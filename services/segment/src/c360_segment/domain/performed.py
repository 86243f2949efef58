"""What a store is asked of everybody at once: who did something, so often."""

from __future__ import annotations

from typing import NamedTuple

from c360_kernel.calendar_spans import Span
from c360_kernel.conditions.tree import ValueTest

ALWAYS = Span()


class Performed(NamedTuple):
    """Events of a name that pass all tests and are said to have happened in a span (ms UTC)."""

    event: str
    where: tuple[ValueTest, ...] = ()
    span: Span = ALWAYS
