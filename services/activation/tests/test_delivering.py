"""What is due is asked for, signed and sent, and what comes of it is kept."""

import asyncio
import json
from dataclasses import replace
from unittest.mock import patch

import pytest
from c360_activation.domain.delivery import Standing
from c360_activation.domain.telling import Told
from c360_activation.handlers import delivering
from c360_activation.handlers.channels.kinds import channels_of
from c360_activation.handlers.channels.port import Means
from c360_activation.handlers.delivering import Delivering, Sending
from c360_activation.handlers.posting import Poster
from c360_activation.store.sqlite import SqliteActivationStore
from c360_activation.testing.entries import MAILER, message
from c360_kernel.catalog.targets import webhook
from c360_kernel.errors import Transient
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach
from c360_kernel.outgoing.signatures import made_secret
from c360_kernel.stamp import wall_clock_ms
from standardwebhooks import Webhook

from .receiver import OK, Receiver, answer

TOLD = Told("", {"city": "Paris"}, ["gold"], ["gold"], "GRANTED")


class Gateway:
    """Tells the same of everybody, until it is told otherwise."""

    def __init__(self):
        self.told_of = {}
        self.is_away = False
        self.broken_for = ()

    async def told(self, destination, customer, segments):
        if customer in self.broken_for:
            raise AttributeError("of c1")
        if self.is_away:
            raise Transient("away", code="POLICY_UNREADABLE")
        return self.told_of.get(customer, replace(TOLD, customer=customer))


class World:
    """A store, a gateway, and a clock that stands."""

    def __init__(self, folder, receiver, timeout_s=5.0, **changes):
        self.folder, self.gateway, self.now = folder, Gateway(), 1_000_000_000_000
        self.secret = made_secret()
        self.keep_secrets(self.secret)
        self.store = SqliteActivationStore(folder / "activation.db")
        self.poster = Poster(Reach(networks_of("127.0.0.0/8")), timeout_s)
        target = webhook.Webhook(receiver.url)
        mailer = replace(MAILER, target=target, traits=("city",), **changes)
        destinations = {mailer.name: mailer}
        reach = Reach(networks_of("127.0.0.0/8"))
        means = Means(self.poster, reach, folder, folder / "files", timeout_s, self.clock)
        channels = channels_of(destinations, means)
        by_consent = frozenset(["marketing"])
        sending = Sending(
            destinations, by_consent, self.gateway, channels, {}, folder, lambda: self.now
        )
        self.delivering = Delivering(lambda: self.store, sending, 30)

    def clock(self):
        return self.now

    def keep_secrets(self, *secrets):
        path = self.folder / "mailer.secret"
        path.write_text("\n".join(secrets))
        path.chmod(0o600)

    async def queue(self, *messages):
        await self.store.admit(["mailer"], {})
        async with self.store.unit() as unit:
            await unit.queue(messages)

    async def send(self):
        """Whatever is due now; how it is afterwards, by message."""
        await self.delivering.begin_due(self.store)
        await self.delivering.settled()
        return {one.message.id: one for one in await self.store.latest("mailer", None, 100)}

    async def close(self):
        await self.poster.close()
        await self.store.close()


@pytest.fixture
async def world(tmp_path):
    made = []

    def make(receiver, **settings):
        made.append(World(tmp_path, receiver, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def _verified(secret, got):
    headers, body = got
    return Webhook(secret).verify(body, headers)


async def test_a_delivery_is_verified_by_an_implementation_of_others(world):
    async with Receiver().listening() as there:
        here = world(there)
        # They refuse what is not of now.
        here.now = wall_clock_ms()
        await here.queue(message("msg_1"))
        one = (await here.send())["msg_1"]
        assert (one.status, one.attempts, one.code) == ("sent", 1, "")
        new = made_secret()
        here.keep_secrets(new, here.secret)
        await here.queue(message("msg_2"))
        await here.send()
    for got in there.got:
        assert _verified(here.secret, got)["data"]["traits"] == {"city": "Paris"}
    assert _verified(new, there.got[1])["type"] == "segment.entered"


async def test_a_consent_withdrawn_meanwhile_keeps_it_back_and_the_log_says_why(world):
    async with Receiver(answer(500)).listening() as there:
        here = world(there)
        await here.queue(message("m"))
        waiting = (await here.send())["m"]
        assert waiting.status == "waiting"
        here.gateway.told_of["c1"] = replace(TOLD, customer="c1", consent="WITHDRAWN")
        here.now = waiting.due
        kept = (await here.send())["m"]
        assert (kept.status, kept.code) == ("withheld", "CONSENT_MISSING")
    assert len(there.got) == 1


@pytest.mark.parametrize(
    ("behind", "code"),
    [
        (replace(TOLD, customer="c1", segments=()), "MEMBERSHIP_CHANGED"),
        (replace(TOLD, customer="c1", segments=(), known=()), "SEGMENT_HIDDEN"),
    ],
)
async def test_an_answer_of_before_a_change_is_asked_for_again(world, behind, code):
    async with Receiver().listening() as there:
        here = world(there)
        begun = here.now
        here.gateway.told_of["c1"] = behind
        await here.queue(message("m", at=begun))
        while here.now < begun + 60_000:
            one = (await here.send())["m"]
            assert (one.status, one.attempts, one.code) == ("waiting", 0, code)
            assert one.due > here.now
            here.now = one.due
        assert here.now == begun + 60_000
        del here.gateway.told_of["c1"]
        assert (await here.send())["m"].status == "sent"
        here.gateway.told_of["c1"] = behind
        await here.queue(message("n", at=begun))
        assert (await here.send())["n"].status == "withheld"
    assert len(there.got) == 1


async def test_where_policy_cannot_be_asked_nothing_is_sent(world):
    async with Receiver().listening() as there:
        here = world(there)
        here.gateway.is_away = True
        await here.queue(message("m"))
        for _ in range(4):
            one = (await here.send())["m"]
            assert (one.status, one.attempts, one.code) == ("waiting", 0, "POLICY_UNREADABLE")
            here.now = one.due
        assert there.connections == 0
        here.gateway.is_away = False
        assert (await here.send())["m"].status == "sent"


async def test_what_keeps_one_from_being_asked_for_keeps_all(world):
    async with Receiver().listening() as there:
        here = world(there)
        here.gateway.is_away = True
        await here.queue(message("a"))
        until = (await here.send())["a"].due
        here.gateway.is_away = False
        await here.queue(message("b", "c2"))
        here.now = until - 1
        assert (await here.send())["b"].status == "waiting"
        here.now = until
        assert {one.status for one in (await here.send()).values()} == {"sent"}
    assert len(there.got) == 2


async def test_without_a_secret_nothing_is_sent(world):
    async with Receiver().listening() as there:
        here = world(there)
        (here.folder / "mailer.secret").unlink()
        await here.queue(message("m"))
        assert (await here.send())["m"].code == "WEBHOOK_SECRET_MISSING"
    assert there.connections == 0


async def test_what_nobody_foresaw_is_of_one_delivery_and_the_others_go_on(world, caplog):
    async with Receiver().listening() as there:
        here = world(there)
        here.gateway.broken_for = ["c1"]
        await here.queue(message("a"), message("b", "c2"))
        held = await here.send()
        assert (held["a"].status, held["a"].attempts, held["a"].code) == ("waiting", 0, "INTERNAL")
        assert held["b"].status == "sent"
        here.gateway.broken_for = ()
        here.now = held["a"].due
        with patch.object(here.poster, "post", side_effect=KeyError("c1")):
            one = (await here.send())["a"]
        assert (one.status, one.attempts, one.code) == ("waiting", 1, "INTERNAL")
    assert "AttributeError" in caplog.text and "c1" not in caplog.text


async def test_it_is_tried_again_under_the_same_id_and_with_what_is_then(world):
    answers = [answer(500), answer(302, "location: http://127.0.0.1/"), OK]
    async with Receiver(*answers).listening() as there:
        here = world(there)
        await here.queue(message("m"))
        for _ in range(3):
            here.gateway.told_of["c1"] = replace(
                TOLD, customer="c1", traits={"city": str(len(there.got))}
            )
            one = (await here.send())["m"]
            here.now = max(here.now, one.due)
        assert (one.status, one.attempts) == ("sent", 3)
    assert {headers["webhook-id"] for headers, _ in there.got} == {"m"}
    cities = [json.loads(body)["data"]["traits"]["city"] for _, body in there.got]
    assert cities == ["0", "1", "2"]


async def test_a_receiver_that_is_gone_is_sent_nothing_until_it_is_turned_on(world):
    async with Receiver(answer(410)).listening() as there:
        here = world(there)
        await here.queue(message("a"), message("b", "c2"))
        await here.send()
        await here.queue(message("c", "c3"))
        here.now += 10**9
        await here.send()
        before = len(there.got)
        assert before <= 2
        assert (await here.store.standings())["mailer"].disabled == "RECEIVER_GONE"
        await here.store.put_standing("mailer", Standing())
        held = await here.send()
    assert {one.status for one in held.values()} == {"sent"}


async def test_a_receiver_that_wants_less_is_left_alone(world):
    async with Receiver(answer(429, "retry-after: 60")).listening() as there:
        here = world(there)
        await here.queue(message("a"))
        await here.send()
        await here.queue(message("b", "c2"))
        here.now += 59_000
        await here.send()
        assert len(there.got) == 1
        here.now += 1_000
        assert {one.status for one in (await here.send()).values()} == {"sent"}


async def test_a_receiver_that_is_too_slow_is_tried_later(world):
    async with Receiver("").listening() as there:
        here = world(there, timeout_s=0.2)
        await here.queue(message("m"))
        one = (await here.send())["m"]
        assert (one.status, one.attempts, one.code) == ("waiting", 1, "RECEIVER_TIMEOUT")


async def test_of_one_customer_it_is_told_in_order(world):
    async with Receiver(answer(500)).listening() as there:
        here = world(there)
        await here.queue(message("a"), message("b"))
        await here.send()
        here.now += 1
        await here.send()
        assert [headers["webhook-id"] for headers, _ in there.got] == ["a"]
        for _ in range(2):
            here.now += 60_000
            await here.send()
    assert [headers["webhook-id"] for headers, _ in there.got] == ["a", "a", "b"]


async def test_what_was_sent_and_not_kept_is_sent_once_more_under_its_id(world):
    async with Receiver().listening() as there:
        here = world(there)
        await here.queue(message("m"))
        # As if the process were killed between the two.
        with (
            patch.object(here.store, "settle", side_effect=asyncio.CancelledError),
            pytest.raises(asyncio.CancelledError),
        ):
            await here.send()
        assert (await here.send())["m"].status == "sent"
    assert [headers["webhook-id"] for headers, _ in there.got] == ["m", "m"]


async def test_what_a_store_does_not_take_yet_is_kept_later_and_not_sent_again(world):
    async with Receiver().listening() as there:
        here = world(there)
        await here.queue(message("m"))
        settle, full = here.store.settle, Transient("full", code="STORE_FULL")
        with (
            patch.object(delivering, "_PAUSE_S", 0.01),
            patch.object(here.store, "expire", side_effect=[full, *[0] * 10_000]),
            patch.object(here.store, "settle", side_effect=full) as taken,
            patch.object(delivering, "_AWAY_S", 0.02),
        ):
            running = asyncio.create_task(here.delivering.run())
            async with asyncio.timeout(60):
                while taken.call_count < 3:
                    await asyncio.sleep(0.01)
            taken.side_effect = settle
            async with asyncio.timeout(60):
                while (await here.store.numbers("mailer")).get("sent") != 1:
                    await asyncio.sleep(0.01)
            assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        here.store = SqliteActivationStore(here.folder / "activation.db")
    assert len(there.got) == 1


async def test_a_loop_sends_until_it_is_stopped(world):
    async with Receiver().listening() as there:
        here = world(there)
        await here.queue(*(message(f"m{n}", f"c{n}") for n in range(40)))
        running = asyncio.create_task(here.delivering.run())
        async with asyncio.timeout(60):
            while (await here.store.numbers("mailer")).get("sent") != 40:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        here.store = SqliteActivationStore(here.folder / "activation.db")
    assert len(there.got) == 40
