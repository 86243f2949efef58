"""Two independent servers that speak MongoDB's protocol, since no package index has `mongod`.

mongo-java-server is right about more of the language; nx-27017 keeps what it
acknowledged through SIGKILL. What an adapter uses has to be right on both.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pymongo import MongoClient

from tests.servers.downloads import MAVEN, Unavailable, jars, tool
from tests.servers.java import java
from tests.servers.server import Server


class _MongoProtocol(Server):
    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def probe(self) -> None:
        client: MongoClient[dict[str, object]] = MongoClient(
            self.url, serverSelectionTimeoutMS=1000, connectTimeoutMS=1000
        )
        with client:
            client.admin.command("ping")


class MongoJavaServer(_MongoProtocol):
    """Writes to disk once a second: end it with `stop`, not `kill`, to keep its data."""

    name = "mongo-java-server"

    def command(self) -> list[str]:
        tool("javac")  # the launcher is run from its source, which a bare runtime cannot
        libraries = jars(self.name)
        launcher = MAVEN / self.name / "Launcher.java"
        classes = ["-cp", f"{libraries}/*"]
        return [
            *java(384),
            *classes,
            str(launcher),
            str(self.directory / "data.mv"),
            str(self.port),
        ]


class Nx27017(_MongoProtocol):
    """Keeps what it acknowledged through SIGKILL."""

    name = "nx-27017"

    def command(self) -> list[str]:
        program = Path(sys.executable).parent / "nx-27017"
        if not program.exists():
            raise Unavailable("nx-27017 is not installed")
        pid = self.directory / "pid"
        pid.unlink(missing_ok=True)  # one left over from a crash would stop the restart
        files = ["--data-dir", str(self.directory / "data"), "--pid-file", str(pid)]
        files += ["--log-file", str(self.directory / "nx.log")]
        return [str(program), *files, "--port", str(self.port)]
