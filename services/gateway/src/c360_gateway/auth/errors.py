"""Why a caller is not let in."""

from __future__ import annotations

from enum import StrEnum

from c360_kernel.errors import C360Error


class Reason(StrEnum):
    """Why a token is refused: for the log of whoever operates us, never for the caller."""

    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    ISSUER_UNKNOWN = "ISSUER_UNKNOWN"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    ALGORITHM_REFUSED = "ALGORITHM_REFUSED"
    SIGNATURE_WRONG = "SIGNATURE_WRONG"
    TYPE_REFUSED = "TYPE_REFUSED"
    ID_TOKEN = "ID_TOKEN"
    AUDIENCE_WRONG = "AUDIENCE_WRONG"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    LIFE_TOO_LONG = "LIFE_TOO_LONG"
    CLAIM_MISSING = "CLAIM_MISSING"
    CLAIM_WRONG = "CLAIM_WRONG"
    REVOKED = "REVOKED"


class Unauthenticated(C360Error):
    """No token, or none that can be trusted. What the caller is told never says which check failed.

    `reason` is None where no token was given.
    """

    code = "UNAUTHENTICATED"

    def __init__(self, message: str, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class TokenRefused(Exception):
    """A check that a token did not pass, on its way to `Unauthenticated`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
