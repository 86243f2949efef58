"""`request`: any API, by templates in which nothing that is told of a customer chooses a host."""

import json
from dataclasses import replace

import pytest
from c360_activation.domain.telling import Withheld
from c360_activation.handlers.channels.kinds import channel_of
from c360_kernel.catalog.targets.request import Accepted, Request
from c360_kernel.errors import C360Error, SettingsError

from .channel_contract import REACH, ChannelContract, There, destination, keep, means, parcel
from .receiver import Receiver, answer


def _target(url, **changes):
    whole = {
        "method": "PUT",
        "headers": {"authorization": "Bearer {secret.token}", "x-id": "{id}"},
        "body": {
            "who": {"city": "{traits.city}", "hello": "Hi {traits.name}"},
            "vip": True,
            "tags": ["{type}", 3, None],
            "missing": "{segment}",
        },
    }
    return Request(f"{url}/contacts/{{customer}}?mail={{traits.email}}", **(whole | changes))


@pytest.fixture
async def receiver():
    one = Receiver()
    async with one.listening():
        yield one


class TestRequest(ChannelContract):
    @pytest.fixture
    async def there(self, tmp_path, receiver):
        with_means = means(tmp_path)
        secret = with_means.keys / "mailer.token.secret"
        keep(secret, "s3cret\n")

        async def arrived():
            told = [(headers["x-id"], json.loads(body)) for headers, body in receiver.got]
            return [(id_, body["who"]["city"]) for id_, body in told]

        async def away():
            receiver.close()

        target = _target(receiver.url)
        yield There(destination("request", target), with_means, arrived, away, secret)


async def _sent(tmp_path, target, **said):
    with_means = means(tmp_path)
    keep(with_means.keys / "mailer.token.secret", "s3cret")
    one = destination("request", target)
    channel = channel_of(one, with_means)
    try:
        return await channel.packed(parcel(one, **said))()
    finally:
        await with_means.post.close()


async def test_what_is_sent_is_what_the_templates_say(tmp_path, receiver):
    answered = await _sent(tmp_path, _target(receiver.url), kind="profile.changed")
    assert answered.code == ""
    ((headers, body),) = receiver.got
    assert receiver.lines == ["PUT /hook/contacts/c1?mail=jane%40shop.example HTTP/1.1"]
    assert headers["authorization"] == "bearer s3cret"
    assert json.loads(body) == {
        "who": {"city": "杭州", "hello": "Hi Jane"},
        "vip": True,
        "tags": ["profile.changed", 3, None],
        "missing": None,
    }


async def test_a_body_that_is_not_said_is_that_of_a_webhook(tmp_path, receiver):
    await _sent(tmp_path, _target(receiver.url, body=None))
    assert json.loads(receiver.got[0][1])["data"]["customer"] == "c1"


@pytest.mark.parametrize(
    "city", ["a/../../admin", "x?y=1", "a b", "é", "#", "%2e%2e", "@evil.example"]
)
async def test_what_is_told_is_one_step_of_a_path(tmp_path, receiver, city):
    await _sent(tmp_path, Request(f"{receiver.url}/in/{{traits.city}}/x"), city=city)
    (line,) = receiver.lines
    path = line.split(" ")[1]
    assert path.startswith("/hook/in/") and path.endswith("/x") and path.count("/") == 4
    assert "?" not in path


@pytest.mark.parametrize("city", [None, "", ".", ".."])
async def test_a_step_that_leads_elsewhere_is_not_taken(tmp_path, receiver, city):
    with pytest.raises(Withheld) as kept:
        await _sent(tmp_path, Request(f"{receiver.url}/in/{{traits.city}}/x"), city=city)
    assert kept.value.code == "VALUE_MISSING"
    assert receiver.connections == 0


@pytest.mark.parametrize("city", ["a\r\nx-admin: 1", "a\n", "杭州", "\x00"])
async def test_no_header_is_begun_by_what_is_told(tmp_path, receiver, city):
    target = Request(receiver.url, headers={"x-city": "{traits.city}"})
    with pytest.raises(Withheld) as kept:
        await _sent(tmp_path, target, city=city)
    assert kept.value.code == "VALUE_INVALID"
    assert receiver.connections == 0


@pytest.mark.parametrize("city", [None, "", "K "])
async def test_nothing_at_the_end_of_a_header_is_a_header(tmp_path, receiver, city):
    target = Request(receiver.url, headers={"x-city": "in {traits.city}"})
    assert (await _sent(tmp_path, target, city=city)).code == ""
    assert receiver.got[0][0]["x-city"] == f"in {city or ''}".strip().lower()


@pytest.mark.parametrize("secret", ["two\nlines", "pä"])
async def test_a_secret_that_fits_no_header_keeps_nothing_back_for_ever(tmp_path, receiver, secret):
    there = means(tmp_path)
    keep(there.keys / "mailer.token.secret", secret)
    one = destination("request", _target(receiver.url))
    with pytest.raises(SettingsError) as refused:
        channel_of(one, there).packed(parcel(one))
    assert refused.value.code == "DESTINATION_SECRET_MISSING"
    assert secret not in refused.value.message
    await there.post.close()


async def test_a_public_host_in_plain_is_not_said_to_be_reached(tmp_path):
    async def resolve(host, port):
        return ["8.8.8.8"]

    there = means(tmp_path, reach=replace(REACH, resolve=resolve))
    for scheme, is_reached in (("https", True), ("http", False)):
        look = channel_of(destination("request", Request(f"{scheme}://a.example/")), there).probe()
        try:
            await look()
            assert is_reached
        except C360Error as refused:
            assert not is_reached and refused.code == "ADDRESS_REFUSED"
    await there.post.close()


@pytest.mark.parametrize(
    ("accepted", "said", "code"),
    [
        (Accepted((409,)), answer(409), ""),
        (Accepted((409,)), answer(200), "HTTP_200"),
        (Accepted(), answer(409), "HTTP_409"),
        (Accepted(where={"result.code": ("0", "ok")}), '{"result": {"code": 0}}', ""),
        (Accepted(where={"result.code": ("0", "ok")}), '{"result": {"code": 7}}', "ANSWER_REFUSED"),
        (Accepted(where={"errors[].type": ("none",)}), '{"errors": [{"type": "none"}]}', ""),
        (Accepted(where={"ok": ("true",)}), "no json", "ANSWER_REFUSED"),
        (Accepted(where={"ok": ("true",)}), "[]", "ANSWER_REFUSED"),
        (Accepted(where={"ok": ("true",)}), '{"ok": true}', ""),
    ],
)
async def test_what_counts_as_accepted(tmp_path, accepted, said, code):
    if not said.startswith("HTTP/"):
        length = len(said)
        said = f"HTTP/1.1 200 -\r\ncontent-length: {length}\r\n\r\n{said}"
    async with Receiver(said).listening() as there:
        answered = await _sent(tmp_path, Request(there.url, accepted=accepted))
    assert answered.code == code


async def test_what_is_gone_and_what_is_throttled_is_so_for_this_kind_too(tmp_path):
    async with Receiver(answer(410), answer(429, "retry-after: 7")).listening() as there:
        gone = await _sent(tmp_path, Request(there.url))
        busy = await _sent(tmp_path, Request(there.url))
    assert (gone.way, busy.way, busy.retry_after) == ("gone", "throttled", 7.0)
