"""What a source only hints at: which things changed, and how each is asked for as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_connectors.answers import Find
from c360_connectors.pulling.failures import ErrorRule
from c360_connectors.pulling.login import Login
from c360_connectors.pulling.pull import USUAL, Limits
from c360_connectors.pulling.rows import Rows
from c360_connectors.requests import RequestForm


@dataclass(frozen=True, slots=True)
class Fetch:
    """`hint` finds ids in a row of a delivery that holds to all of `when`; `batch` at a time."""

    hint: Find
    request: RequestForm
    rows: Rows
    when: Sequence[ErrorRule] = ()
    batch: int = 1
    login: Login | None = None
    errors: Sequence[ErrorRule] = ()
    limits: Limits = USUAL
