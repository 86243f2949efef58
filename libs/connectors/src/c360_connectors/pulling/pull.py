"""How a source is asked, as its connector says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_connectors.pulling.cursor import Cursor
from c360_connectors.pulling.failures import ErrorRule
from c360_connectors.pulling.login import Login
from c360_connectors.pulling.pages import Pages
from c360_connectors.pulling.rows import Rows
from c360_connectors.requests import RequestForm


@dataclass(frozen=True, slots=True)
class Limits:
    """How a source wants to be asked: how often, and how long one answer may take."""

    per_second: float = 5.0
    timeout_s: float = 60.0


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Pull:
    """How a source is asked, again and again, `every_ms`."""

    request: RequestForm
    pages: Pages
    rows: Rows
    every_ms: int
    login: Login | None = None
    cursor: Cursor | None = None
    errors: Sequence[ErrorRule] = ()
    limits: Limits = USUAL
