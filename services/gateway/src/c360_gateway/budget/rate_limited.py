"""What a caller gets that asks too often: 429, when to ask again, and a code that says of what."""

from __future__ import annotations

from c360_kernel.errors import C360Error


class RateLimited(C360Error):
    """Nothing of the request was done; the same request may be sent after `retry_after_s`."""

    code = "RATE_LIMITED"
    retryable = True

    def __init__(self, message: str, retry_after_s: float, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s
