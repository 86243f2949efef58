"""The keys of an issuer, as they are now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from logging import getLogger
from typing import Protocol

from joserfc.jwk import KeySet

from c360_gateway.auth.jwks import JwksInvalid, JwksSource, key_set

_log = getLogger(__name__)
_LOG_AGAIN_S = 60.0
_NONE = KeySet([])


class IssuerKeys(Protocol):
    """Public keys or secrets by `kid`; none of them if none can be trusted now."""

    @property
    def current(self) -> KeySet:
        """The keys that are trusted now."""
        ...

    @property
    def confirmed(self) -> bool:
        """Whether they could be read when they were last looked for."""
        ...

    async def refresh(self) -> bool:
        """Look whether there are others; true if `current` is another now."""
        ...

    def want(self) -> None:
        """Somebody named a key that is not among them."""
        ...


class FixedKeys:
    """Keys that stay what they are."""

    confirmed = True

    def __init__(self, keys: KeySet) -> None:
        self.current = keys

    async def refresh(self) -> bool:
        """There never are others."""
        return False

    def want(self) -> None:
        """There are no others."""


class LiveKeys:
    """Keys that are read again when their source says so.

    What cannot be read leaves the last good keys in place for `max_age_s`, and says so; after that
    none is trusted until it can be read again.
    """

    def __init__(
        self, source: JwksSource, max_age_s: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._max_age_s = max_age_s
        self._now_s = now_s
        self._failing_since: float | None = None
        self._logged_at = 0.0
        self.current = _NONE

    @property
    def confirmed(self) -> bool:
        """Whether they could be read when they were last looked for."""
        return self._failing_since is None

    def want(self) -> None:
        """Have the source looked at again soon."""
        self._source.want()

    def read_now(self) -> None:
        """Read them at the start; raises `OSError` or `JwksInvalid`."""
        self._source.due()
        self.current = key_set(self._source.read())

    async def refresh(self) -> bool:
        """Look whether there are others, if the source says that it is time."""
        if not self._source.due():
            return self._is_over()
        try:
            found = key_set(await asyncio.to_thread(self._source.read))
        except (OSError, JwksInvalid) as error:
            self._failed(error)
            return self._is_over()
        if self._failing_since is not None:
            _log.warning("the identity provider's keys can be read again")
            self._failing_since = None
        return self._took(found)

    def _took(self, found: KeySet) -> bool:
        before, after = _marks(self.current), _marks(found)
        if after == before:
            return False
        _log.info("the identity provider has %s keys, %s are gone", len(after), len(before - after))
        self.current = found
        return True

    def _failed(self, error: Exception) -> None:
        now = self._now_s()
        if self._failing_since is None:
            self._failing_since, self._logged_at = now, now - _LOG_AGAIN_S
        if now - self._logged_at >= _LOG_AGAIN_S:
            self._logged_at = now
            left = max(self._max_age_s - (now - self._failing_since), 0) if self.current else 0
            _log.error(
                "the identity provider's keys cannot be read (%s): the last good ones are trusted "
                "for %.0f s more",
                type(error).__name__,
                left,
            )
        self._source.want()

    def _is_over(self) -> bool:
        """Whether the last good keys have just become too old."""
        if self._failing_since is None or not self.current:
            return False
        if self._now_s() - self._failing_since < self._max_age_s:
            return False
        _log.error("the identity provider's keys are too old: none of its tokens is accepted")
        self.current = _NONE
        return True


def _marks(keys: KeySet) -> frozenset[tuple[str | None, str]]:
    return frozenset((key.kid, key.thumbprint()) for key in keys)
