"""Apache Kafka, one KRaft node that is broker and controller."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import threading
import uuid
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from c360_kernel.log.kafka_place import parse_kafka_url

from tests.ports import free_port
from tests.servers.downloads import jars
from tests.servers.java import java
from tests.servers.server import Server, ServerFailed

# Timings are short because tests wait for them; nothing about durability differs.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
log.index.size.max.bytes=1048576
"""


class KafkaServer(Server):
    """`url` is `kafka://host:port`."""

    name = "kafka"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._controller = free_port()
        self._properties = directory / "server.properties"

    @property
    def url(self) -> str:
        return f"kafka://{self.address}"

    @property
    def address(self) -> str:
        """`host:port`, as Kafka clients take it."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        if not self._properties.exists():
            self._format()
        return [*self._java(), "kafka.Kafka", str(self._properties)]

    def probe(self) -> None:
        thread_error: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._list_topics())
            except BaseException as error:
                thread_error.append(error)

        # A loop of its own: the caller's thread may have one that it needs afterwards.
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if thread_error:
            raise thread_error[0]

    async def _list_topics(self) -> None:
        options = parse_kafka_url(self.url).client_options()
        client = AIOKafkaAdminClient(**options, request_timeout_ms=5000)
        try:
            await client.start()
            await client.list_topics()
        finally:
            await client.close()

    def _java(self) -> list[str]:
        libraries = jars("kafka")
        log = ["-Dorg.apache.logging.log4j.level=INFO"]
        return [*java(512), *log, "-cp", f"{libraries}/*"]

    def _settings(self) -> str:
        return _PROPERTIES.format(
            port=self.port, controller=self._controller, data=self.directory / "data"
        )

    def _users(self) -> list[str]:
        """Options of the storage tool that make users."""
        return []

    def _format(self) -> None:
        """Write the settings and prepare the data directory, as Kafka asks for before first use."""
        command = self._java()
        self._properties.write_text(self._settings())
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command += ["kafka.tools.StorageTool", "format"]
        # An id may begin with a dash, which would be an option by itself.
        command += [f"--cluster-id={cluster}", "-c", str(self._properties), *self._users()]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        if ran.returncode != 0:
            raise ServerFailed(f"Kafka could not format its storage:\n{ran.stdout}{ran.stderr}")
