"""Neo4j Community."""

from __future__ import annotations

import contextlib
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from tests.servers.downloads import jars
from tests.servers.java import java
from tests.servers.server import Server

_CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled={logins}
dbms.usage_report.enabled=false
server.memory.pagecache.size=128m
db.tx_log.preallocate=false
db.tx_log.rotation.size=16m
"""
_OPENED = ("java.nio", "java.io", "java.lang", "sun.nio.ch", "java.util.concurrent")


class Neo4jServer(Server):
    """`url` is `neo4j://host:port`; no login."""

    name = "neo4j"
    logins = "false"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        conf = directory / "conf"
        conf.mkdir()
        (conf / "neo4j.conf").write_text(_CONFIGURATION.format(port=self.port, logins=self.logins))

    @property
    def url(self) -> str:
        return f"neo4j://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        libraries = jars("neo4j")
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        homes = [f"--home-dir={self.directory}", f"--config-dir={self.directory / 'conf'}"]
        classes = ["-cp", f"{libraries}/*", "org.neo4j.server.CommunityEntryPoint"]
        return [*java(512), *opened, *classes, *homes]

    def probe(self) -> None:
        # The driver would repeat with growing pauses, and the server be up long before.
        with GraphDatabase.driver(
            self.url, connection_timeout=2, max_transaction_retry_time=0
        ) as driver:
            driver.execute_query("RETURN 1")


class Neo4jWithLogins(Neo4jServer):
    """One that demands a login."""

    logins = "true"

    def probe(self) -> None:
        # Who is refused for want of a login was answered.
        with contextlib.suppress(AuthError):
            super().probe()
