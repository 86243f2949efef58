"""Finds canaries in whatever leaves the system, also below base64, hex and JSON."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}")
_DEEPEST = 4


class Search:
    """Looks for some traces, whatever their case."""

    def __init__(self, traces: Iterable[str]) -> None:
        alternatives = sorted({re.escape(trace.lower()) for trace in traces})
        self._pattern = re.compile("|".join(alternatives) or r"(?!)")

    def found(self, text: str) -> set[str]:
        """The traces in a text or in anything that it spells in another way."""
        return {match for layer in _layers(text, 0) for match in self._pattern.findall(layer)}


def _layers(text: str, depth: int) -> Iterator[str]:
    yield text.lower()
    if depth == _DEEPEST:
        return
    if _ESCAPED.search(text):
        yield from _layers(unquote(_unescaped(text)), depth + 1)
    for match in _BASE64.findall(text):
        yield from _decoded(_from_base64(match), depth)
    for match in _HEX.findall(text):
        yield from _decoded(bytes.fromhex(match), depth)


def _decoded(raw: bytes, depth: int) -> Iterator[str]:
    # What is no text still shows the ASCII that it holds.
    if raw:
        yield from _layers(raw.decode("latin-1"), depth + 1)


def _from_base64(text: str) -> bytes:
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        return str(json.loads(f'"{match.group()}"'))

    return re.sub(r"\\u[0-9a-fA-F]{4}", character, text)
