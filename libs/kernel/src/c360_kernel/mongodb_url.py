"""What a MongoDB URL may say: the driver drops what it does not understand, and obeys the rest.

Units of work read and then write by edition and position, so they are read from the primary, and
a write counts once it is in the journals of a majority. A URL that asks for less is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from c360_kernel.server_url import is_place, oddity_of

SCHEMES = ("mongodb://", "mongodb+srv://")
FORM = "mongodb://HOST/DATABASE"
LEAST_MS = 50
_RESERVED = ("admin", "local", "config")
_LONGEST_NAME = 63
_NAME = re.compile(r"[^/\\. \"$*<>:|?#;&=\x00-\x1f]+")
_SOCKET = re.compile(r"%2[Ff][^/]+\.sock")
"""A socket on this machine, percent-encoded."""
_ONLY: Mapping[str, tuple[str, ...]] = {
    "readpreference": ("primary",),
    "readconcernlevel": ("local", "majority", "linearizable"),
    "w": ("majority",),
    "journal": ("true",),
}
_NEVER = (
    *("readpreferencetags", "maxstalenessseconds", "fsync"),
    # What is not as it was written would be read as something else.
    *("unicode_decode_error_handler", "datetime_conversion"),
)
_TIMES = (
    "connecttimeoutms",
    "sockettimeoutms",
    "serverselectiontimeoutms",
    "timeoutms",
    "waitqueuetimeoutms",
    "wtimeoutms",
)


def problem_of(url: str) -> str | None:
    """What is wrong with a URL, without any part of it that may be secret; None if nothing is."""
    _, _, place = url.partition("://")
    hosts, _, rest = place.partition("/")
    name, _, query = rest.partition("?")
    if oddity := oddity_of(url):
        return oddity
    named = hosts.rpartition("@")[2]
    if not named:
        return "it names no host"
    if not all(is_place(one) or _SOCKET.fullmatch(one) for one in named.split(",")):
        return "its hosts are host or host:port, with commas between"
    return _problem_of_name(unquote(name)) or _problem_of_options(query)


def options_of(url: str) -> frozenset[str]:
    """The options that a URL gives, in lower case."""
    given = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    return frozenset(name.lower() for name, _ in given)


def _problem_of_name(name: str) -> str | None:
    if not name:
        return "it names no database"
    if not _NAME.fullmatch(name):
        return "a database's name has no dot, space or sign of a path or pattern in it"
    if len(name.encode()) > _LONGEST_NAME:
        return f"a database's name has at most {_LONGEST_NAME} bytes"
    if name in _RESERVED:
        return f"{', '.join(_RESERVED)} are MongoDB's own databases"
    return None


def _problem_of_options(query: str) -> str | None:
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        return "its options are name=value, with & between"
    names = [name.lower() for name, _ in given]
    if len(set(names)) < len(names):
        return "an option is given twice"
    problems = (_problem_of_option(name.lower(), value) for name, value in given)
    return next((problem for problem in problems if problem), None)


def _problem_of_option(name: str, value: str) -> str | None:
    if name in _NEVER:
        return f"{name} is none of ours"
    allowed = _ONLY.get(name)
    if not value:
        return f"{name} is given and says nothing"
    if allowed is not None and value.lower() not in allowed:
        return f"{name} is {' or '.join(allowed)}, or not given"
    if name in _TIMES and not (value.isdecimal() and int(value) >= LEAST_MS):
        return f"{name} is at least {LEAST_MS} ms"
    return None
