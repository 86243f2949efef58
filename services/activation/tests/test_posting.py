"""One request, to an address that may be reached and nowhere else."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from unittest.mock import patch

import httpcore
import pytest
from c360_activation.domain.replies import Reply
from c360_activation.handlers.posting import Poster
from c360_kernel.errors import C360Error, Invalid
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach
from c360_outgoing.guarded import GuardedBackend

from .receiver import Receiver, answer

LOOPBACK = networks_of("127.0.0.0/8")


def _resolving(*addresses):
    async def resolve(host, port):
        return addresses

    return resolve


async def _posted(url, *, allowed=LOOPBACK, timeout_s=5.0, resolve=None):
    reach = Reach(allowed) if resolve is None else Reach(allowed, resolve)
    poster = Poster(reach, timeout_s)
    try:
        return await poster.post(url, {"webhook-id": "m"}, b"{}")
    finally:
        await poster.close()


async def test_a_receiver_that_is_allowed_is_reached():
    async with Receiver(answer(202)).listening() as there:
        assert await _posted(there.url) == Reply(202)
    ((headers, body),) = there.got
    assert (headers["content-type"], headers["webhook-id"], body) == (
        "application/json",
        "m",
        b"{}",
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_connection_is_opened_to_what_is_not_allowed(scheme):
    async with Receiver().listening() as there:
        url = there.url.replace("http:", f"{scheme}:")
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1"):
            with pytest.raises(C360Error) as refused:
                await _posted(url.replace("127.0.0.1", host), allowed=())
            assert refused.value.code in ("ADDRESS_REFUSED", "HOST_UNKNOWN")
    assert there.connections == 0


async def test_plain_http_goes_to_no_public_receiver():
    with pytest.raises(Invalid) as refused:
        await _posted("http://shop.example/", resolve=_resolving("8.8.8.8"))
    assert refused.value.code == "ADDRESS_REFUSED"


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to():
    async with Receiver().listening() as there:
        url = there.url.replace("127.0.0.1", "shop.example")
        # The name leads nowhere here: what is connected to is the address that was judged.
        assert await _posted(url, resolve=_resolving("127.0.0.1")) == Reply(200)
    assert there.got[0][0]["host"].startswith("shop.example")


@pytest.mark.parametrize("failed", [httpcore.ConnectTimeout, httpcore.ConnectError])
async def test_an_address_that_does_not_answer_leaves_it_to_the_next(failed):
    backend = GuardedBackend(Reach(LOOPBACK, _resolving("127.0.0.2", "127.0.0.1")))
    connect, tried = httpcore.AnyIOBackend.connect_tcp, []

    async def connect_tcp(self, host, *rest):
        tried.append(host)
        if host == "127.0.0.2":
            raise failed
        return await connect(self, host, *rest)

    async with Receiver().listening() as there:
        with patch.object(httpcore.AnyIOBackend, "connect_tcp", connect_tcp):
            stream = await backend.connect_tcp("shop.example", there.port, 5.0)
        await stream.aclose()
    assert tried == ["127.0.0.2", "127.0.0.1"]


async def test_what_is_at_the_other_end_is_looked_at_once_more():
    judged = []

    class Changing(Reach):
        def may_reach(self, address):
            judged.append(address)
            return len(judged) == 1

    async with Receiver().listening() as there:
        with pytest.raises(Invalid):
            await GuardedBackend(Changing(LOOPBACK)).connect_tcp("127.0.0.1", there.port, 5.0)
    assert len(judged) == 2
    assert there.got == []


async def test_no_redirect_is_followed():
    async with Receiver().listening() as other:
        moved = answer(307, f"location: {other.url}")
        async with Receiver(moved).listening() as there:
            assert await _posted(there.url) == Reply(307)
    assert other.connections == 0


async def test_who_is_too_slow_is_left():
    async with Receiver("").listening() as there:
        with pytest.raises(C360Error) as left:
            await _posted(there.url, timeout_s=0.2)
    assert left.value.code == "RECEIVER_TIMEOUT"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("7", 7.0),
        ("1e306", 1e306),
        ("soon", None),
        ("inf", None),
        ("Mon, 99999999999999999999 Jan 2030 00:00:00 GMT", None),
        ("Mon, 1 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
async def test_what_it_says_of_the_next_time_is_read(said, read):
    async with Receiver(answer(429, f"Retry-After: {said}")).listening() as there:
        assert await _posted(there.url) == Reply(429, read)


@pytest.fixture
def elsewhere(monkeypatch):
    """A machine whose clock is not that of UTC."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
async def test_a_date_of_the_next_time_is_read(zone):
    when = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    when = when.replace("GMT", zone)
    async with Receiver(answer(503, f"Retry-After: {when}")).listening() as there:
        reply = await _posted(there.url)
    assert reply.status == 503
    assert 200 < reply.retry_after <= 300


async def test_nobody_listens():
    async with Receiver().listening() as there:
        url = there.url
    with pytest.raises(C360Error) as unreached:
        await _posted(url)
    assert unreached.value.code == "RECEIVER_UNREACHABLE"
