"""`webhook`: a POST with the headers of Standard Webhooks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import cast

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.webhook import Webhook
from c360_kernel.outgoing.signatures import secrets_in, signed_headers
from typing_extensions import override

from c360_activation.domain.parcel import Parcel, nobody
from c360_activation.domain.replies import answer_of
from c360_activation.domain.trying import Answer
from c360_activation.handlers.channels.port import Channel, Means, Send

_SECOND_MS = 1_000


class WebhookChannel(Channel):
    """Signs under each secret of `NAME.secret`."""

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._url = cast("Webhook", destination.target).url

    @override
    def ready(self) -> None:
        self._keys()

    @override
    def packed(self, parcel: Parcel) -> Send:
        at, body = self._means.now_ms() // _SECOND_MS, parcel.body
        headers = signed_headers(parcel.id, at, body, self._keys())

        async def send() -> Answer:
            return answer_of(await self._means.post.post(self._url, headers, body))

        return send

    @override
    def probe(self) -> Send:
        message = f"msg_test_{secrets.token_hex(8)}"
        return self.packed(nobody(self._name, message, self._means.now_ms()))

    @override
    async def close(self) -> None:
        pass

    def _keys(self) -> Sequence[bytes]:
        return secrets_in(self._means.keys / f"{self._name}.secret")
