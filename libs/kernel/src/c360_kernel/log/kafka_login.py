"""Whether brokers let us in, asked once before anything else.

The driver's clients only log why they are not let in, and say that nobody was to be reached.
"""

from __future__ import annotations

from aiokafka.conn import create_conn

from c360_kernel.log.kafka_connection import answering_within
from c360_kernel.log.kafka_place import KafkaPlace


async def log_in(place: KafkaPlace, timeout_s: float) -> None:
    """Show the first broker our login and leave again; nothing is asked where there is none.

    Raises `Misaddressed` (LOG_LOGIN), `Transient` (LOG_UNAVAILABLE).
    """
    if not place.security.user:
        return
    host, _, port = place.brokers.partition(",")[0].rpartition(":")
    async with answering_within(timeout_s):
        connection = await create_conn(
            host.strip("[]"),
            int(port),
            request_timeout_ms=int(timeout_s * 1000),
            **place.security.client_options(),
        )
        connection.close()
