"""Who the caller is: a request that gives a token or cookies, for as long as these hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_connectors.answers import Find
from c360_connectors.pulling.failures import ErrorRule
from c360_connectors.requests import RequestForm


@dataclass(frozen=True, slots=True)
class Login:
    """`token` is where the answer has it; without, its cookies are what counts.

    It holds for `lives_ms`, or for as many seconds as the answer says at `expires`.
    """

    request: RequestForm
    token: Find | None
    lives_ms: int
    expires: Find | None = None
    errors: Sequence[ErrorRule] = ()
