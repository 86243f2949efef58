"""Roles that policy keeps apart, together in one token."""

from __future__ import annotations

from c360_kernel.errors import Invalid

_MESSAGE = "your roles may not be held together: ask with a token for one of them"


class RolesApart(Invalid):
    """Nothing is answered to whoever holds them together."""

    code = "ROLES_APART"

    def __init__(self) -> None:
        super().__init__(_MESSAGE)
