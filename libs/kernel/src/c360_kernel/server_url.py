"""What every URL of a server has to keep to, whatever its kind.

Readers of URLs and resolvers of names drop what they do not understand, put another sign in its
place, or raise what nobody expects. So it is refused before any of them sees it.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import unquote

_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_PLACE = re.compile(r"(?P<host>[^\[\]:]+|\[(?P<v6>[^\[\]]*)\])(?::(?P<port>[0-9]{1,5}))?")
_LONGEST_NAME = 253
_PORTS = range(1, 65_536)


def oddity_of(url: str) -> str | None:
    """What no URL of a server has in it, without any part of it; None if nothing is odd."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return "it is of letters, digits and signs of ASCII: others are percent-encoded in UTF-8"
    if _ESCAPE.search(url) or not _is_utf8(url):
        return "a % is followed by two hexadecimal digits, and all of them are UTF-8"
    return None


def is_place(text: str) -> bool:
    """Whether this is `host` or `host:port`: a name or address of four numbers, or [IPv6]."""
    found = _PLACE.fullmatch(text)
    if found is None or int(found["port"] or 1) not in _PORTS:
        return False
    if found["v6"] is not None:
        return _is_ipv6(found["v6"])
    return len(found["host"]) <= _LONGEST_NAME and _NAME.fullmatch(found["host"]) is not None


def _is_ipv6(text: str) -> bool:
    try:
        # A zone is of one machine alone, and drivers read it in several ways.
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _is_utf8(url: str) -> bool:
    try:
        unquote(url, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
