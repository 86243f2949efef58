"""A time that a question is about: from an instant until before another one."""

from __future__ import annotations

from c360_kernel.errors import Invalid


def refuse_empty_period(since: int | None, until: int | None) -> None:
    """Raise `Invalid` (PERIOD_EMPTY) where it ends before it begins (ms UTC; None: no bound)."""
    if since is not None and until is not None and since >= until:
        raise Invalid("`from` has to be before `to`: nothing is in between", code="PERIOD_EMPTY")
