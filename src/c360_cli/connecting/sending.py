"""Items into the log, by the mutations of the gateway: under policy, and on record as any write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from c360_connectors.pulling.ports import Outcome, Take
from c360_kernel.errors import Transient
from c360_mapping.items import Item
from c360_mapping.mapping import Kind
from typing_extensions import override

from c360_cli.imports.client import GraphQLClient
from c360_cli.imports.refusals import ImportStopped
from c360_cli.imports.sending import Sender


class GatewayTake(Take):
    """Over one connection, which waits while the gateway is busy or away.

    It waits in a thread of its own: those of the event loop are the gateway's, which may be what
    is waited for.
    """

    def __init__(self, client: GraphQLClient) -> None:
        self._client = client
        self._thread = ThreadPoolExecutor(1, "connect")

    def close(self) -> None:
        """Close the connection, and let the thread end."""
        self._client.close()
        self._thread.shutdown(wait=False)

    @override
    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        sender = Sender(self._client, kind, "NONE")
        try:
            loop = asyncio.get_running_loop()
            outcomes = await loop.run_in_executor(self._thread, sender.send, items)
        except asyncio.CancelledError:
            sender.cancel()
            raise
        except ImportStopped as error:
            # The source is asked another time: nothing of the page is behind its cursor.
            raise Transient(error.message, code="INSTANCE_UNREACHABLE") from error
        return [Outcome(one.status, one.code, one.warnings) for one in outcomes]
