"""Where the server is: `neo4j://user:password@host:7687[?prefix=…&database=…]`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from c360_kernel.errors import SettingsError
from c360_kernel.server_url import is_place, oddity_of

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9]{0,59})?")
_LOGIN = re.compile(r"[^:@]+:[^@]+")
_PARAMETERS = {"prefix", "database"}
# As the server takes them, save for its own.
_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,62}")
_RESERVED = "system"


@dataclass(frozen=True, slots=True)
class Address:
    """A server, a login, and a prefix of labels so that several stores can share a database.

    No part of it that is secret shows in its text.
    """

    uri: str
    login: tuple[str, str] | None = field(repr=False)
    database: str | None
    prefix: str


def parse_address(url: str) -> Address:
    """The address that a URL says. Raises `SettingsError`, which never shows the URL."""
    if oddity_of(url):
        raise _refused()
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _refused() from None
    options = dict(given)
    prefix, database = options.get("prefix", ""), options.get("database")
    unknown = options.keys() - _PARAMETERS or parts.path not in ("", "/") or "#" in url
    unknown = unknown or len(options) < len(given) or not _is_database(database)
    login, at, place = parts.netloc.rpartition("@")
    if parts.scheme not in SCHEMES or not is_place(place) or (at and not _LOGIN.fullmatch(login)):
        raise _refused()
    if unknown or not _PREFIX.fullmatch(prefix):
        raise _refused()
    user, _, password = login.partition(":")
    known = (unquote(user), unquote(password)) if at else None
    return Address(f"{parts.scheme}://{place}", known, database, prefix)


def _is_database(name: str | None) -> bool:
    return name is None or (bool(_DATABASE.fullmatch(name)) and name.lower() != _RESERVED)


def _refused() -> SettingsError:
    return SettingsError(
        "C360_IDENTITY_STORE must be"
        " neo4j://user:password@host:7687[?prefix=LETTERS][&database=NAME]",
        code="STORE_UNKNOWN",
    )
