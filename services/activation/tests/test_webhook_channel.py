"""`webhook` keeps the contract of a channel; what is signed is in `test_delivering`."""

import json

import pytest
from c360_kernel.catalog.targets.webhook import Webhook
from c360_kernel.outgoing.signatures import made_secret

from .channel_contract import ChannelContract, There, destination, keep, means
from .receiver import Receiver


class TestWebhook(ChannelContract):
    @pytest.fixture
    async def there(self, tmp_path):
        receiver = Receiver()
        async with receiver.listening():
            with_means = means(tmp_path)
            secret = with_means.keys / "mailer.secret"
            keep(secret, made_secret())

            async def arrived():
                told = [(headers["webhook-id"], json.loads(body)) for headers, body in receiver.got]
                return [(id_, _city(body["data"])) for id_, body in told]

            async def away():
                receiver.close()

            yield There(
                destination("webhook", Webhook(receiver.url)), with_means, arrived, away, secret
            )


def _city(data):
    return data.get("traits", {}).get("city")
