"""Texts that were refused: asking the same again costs no more than finding them here."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2b
from threading import Lock

from c360_federation.caches import Lru
from c360_federation.errors import ErrorEntry, RequestRefused


class Refusals:
    """What was refused for its text alone, whatever its variables; the oldest is forgotten.

    Used from the loop and from the thread that reads long texts.
    """

    def __init__(self, size: int) -> None:
        self._known: Lru[bytes, list[ErrorEntry]] = Lru(size)
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._known)

    @contextmanager
    def remembered(self, query: str, operation_name: str | None) -> Generator[None]:
        """Around what a text alone decides: a refusal is kept, and raised at once from then on."""
        key = _digest(query, operation_name)
        with self._changing:
            known = self._known.get(key)
        if known is not None:
            raise RequestRefused(known)
        try:
            yield
        except RequestRefused as refused:
            with self._changing:
                self._known.put(key, refused.errors)
            raise


def _digest(query: str, operation_name: str | None) -> bytes:
    text = repr((operation_name, query)).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()
