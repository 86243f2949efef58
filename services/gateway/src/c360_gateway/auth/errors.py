"""Why a caller is not let in."""

from __future__ import annotations

from c360_kernel.errors import C360Error


class Unauthenticated(C360Error):
    """No token, or none that can be trusted. Never says which check failed."""

    code = "UNAUTHENTICATED"
