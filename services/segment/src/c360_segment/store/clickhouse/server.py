"""A ClickHouse server, by its HTTP interface."""

from __future__ import annotations

import http.client
import logging
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from c360_kernel.errors import Misaddressed, SettingsError, Transient

SCHEMES = {"clickhouse": 8123, "clickhouses": 8443}
"""Without and with TLS, and the port of each where none is said."""
_TIMEOUT_S = 30
_OK = 200
_REFUSED = (401, 403, 404, 516)
_NO_RIGHT = "497"
"""What the server says of a right that the user lacks, under a status that says nothing of it."""
_PATH = "/?max_query_size=1000000000&max_ast_elements=10000000&wait_end_of_query=1"
"""A question names each chunk that it is asked of. Its answer begins once it is whole: what fails
halfway would be rows, and words after them, of a question that succeeded."""

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""Others have to be quoted by whoever asks, and a dot stands before the name of a table."""
_BEYOND = re.compile(r"[?#\s]")
_OF_THE_SERVER = frozenset({"system", "information_schema"})
_log = logging.getLogger(__name__)


class ClickhouseServer(NamedTuple):
    """Where it is, whom to log in as, and the database."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    database: str

    def ask(self, statement: str, rows: bytes = b"", seconds: float = _TIMEOUT_S) -> bytes:
        """What a statement answers; `rows` are what it inserts.

        Raises `Transient` (STORE_UNAVAILABLE), `Misaddressed` (STORE_LOGIN).
        """
        connect = http.client.HTTPSConnection if self.is_tls else http.client.HTTPConnection
        connection = connect(self.host, self.port, timeout=seconds)
        try:
            connection.request("POST", _PATH, statement.encode() + b"\n" + rows, self._headers())
            response = connection.getresponse()
            fault = response.getheader("X-ClickHouse-Exception-Code")
            return _answer(response.status, fault, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise _unavailable() from error
        finally:
            connection.close()

    def _headers(self) -> dict[str, bytes]:
        named = {"X-ClickHouse-Database": self.database}
        if self.user:
            named |= {"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password}
        # Text would have to be Latin-1.
        return {name: value.encode() for name, value in named.items()}


def server_of(url: str, setting: str) -> ClickhouseServer:
    """What `clickhouse://USER:PASSWORD@HOST:PORT/DATABASE` names.

    Raises `SettingsError` (STORE_UNKNOWN) for another URL.
    """
    try:
        parts = urlsplit(url)
        host, port, database = parts.hostname or "", parts.port, parts.path.removeprefix("/")
    except ValueError:
        raise _unknown(setting) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_login = f"{user}{password}".isprintable() and bool(user or parts.password is None)
    is_place = _HOST.fullmatch(host) and port != 0 and not _BEYOND.search(url)
    is_database = _DATABASE.fullmatch(database) and database.lower() not in _OF_THE_SERVER
    if not (parts.scheme in SCHEMES and is_login and is_place and is_database):
        raise _unknown(setting)
    is_tls = parts.scheme == "clickhouses"
    return ClickhouseServer(host, port or SCHEMES[parts.scheme], is_tls, user, password, database)


def _answer(status: int, fault: str | None, body: bytes) -> bytes:
    if status == _OK:
        return body
    if status in _REFUSED:
        raise Misaddressed("ClickHouse refuses the login or the database")
    if fault == _NO_RIGHT:
        raise Misaddressed("ClickHouse refuses the user a right in the database")
    # What it says of a statement may hold values.
    _log.warning("ClickHouse answered %d", status)
    raise _unavailable()


def _unavailable() -> Transient:
    return Transient("the history of events cannot answer now", code="STORE_UNAVAILABLE")


def _unknown(setting: str) -> SettingsError:
    return SettingsError(f"{setting} must be clickhouse://HOST/DATABASE", code="STORE_UNKNOWN")
