"""What our servers offer applications beyond ASGI."""

from __future__ import annotations

ABORT = "c360.abort"
"""The extension of a request's scope that cuts its connection, whatever is still to be sent."""
