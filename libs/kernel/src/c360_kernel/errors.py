"""Errors with stable codes.

`code` is part of the public contract: clients match on it, so it never changes
once released. Messages name fields, types and sources, never values, because a
value may be personal data.
"""

from __future__ import annotations

from pathlib import Path


class C360Error(Exception):
    """Any error of ours. `code` is stable, `message` is safe to show to a caller.

    `retryable` says whether the very same call may succeed later, as AIP-194 has it: only what
    was refused for a passing reason, never what failed for an unknown one.
    """

    code = "INTERNAL"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(C360Error):
    """The named thing is not in the store."""

    code = "NOT_FOUND"


class Conflict(C360Error):
    """Somebody else changed it first: read again and repeat."""

    code = "CONFLICT"
    retryable = True


class Unique(C360Error):
    """Another thing already holds this unique value."""

    code = "UNIQUE"


class Transient(C360Error):
    """A store or the log cannot answer now; the same call may succeed later."""

    code = "UNAVAILABLE"
    retryable = True


class Misaddressed(Transient):
    """A server answers, and not as the settings say: who may log in, which database, which set.

    At a start it is an error of the settings; later it may pass, as a password that is changed.
    """

    code = "STORE_LOGIN"


class OutOfMemory(Transient):
    """There is not enough memory now, which says nothing about what was asked."""

    code = "OUT_OF_MEMORY"


class Invalid(C360Error):
    """The input can never be taken as it is."""

    code = "INVALID"


class Unusable(C360Error):
    """The store itself is at fault, not what it was asked: another format, missing parts, damage.

    Trying again does not help and no entry is to blame. `path` is the file of an embedded store.
    """

    code = "STORE_UNUSABLE"

    def __init__(self, message: str, *, code: str | None = None, path: Path | None = None) -> None:
        super().__init__(message, code=code)
        self.path = path


def by_replay(projection: str) -> str:
    """What to do about a store that cannot be used, in words: make it anew from the log."""
    return f"stop the instance and run `c360 replay --projection {projection}`"


class SettingsError(C360Error):
    """The process cannot start with these settings or files."""

    code = "SETTINGS_INVALID"
