"""What every kind of destination must do. A kind's test subclasses this and gives `there`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from c360_activation.domain.parcel import Parcel, parcel_of
from c360_activation.domain.telling import Told
from c360_activation.handlers.channels.kinds import channel_of
from c360_activation.handlers.channels.port import Means
from c360_activation.handlers.mapped_fields import fields_of
from c360_activation.handlers.posting import Poster
from c360_activation.testing.entries import MAILER, message
from c360_kernel.catalog.model import Destination
from c360_kernel.errors import C360Error
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.outgoing.reaching import Reach

NOW = 1_764_500_000_000
REACH = Reach(networks_of("127.0.0.0/8, ::1/128"))
TRAITS = {"email": "jane@shop.example", "city": "杭州", "name": "Jane"}


def told(customer: str = "c1", **traits: object) -> Told:
    return Told(customer, TRAITS | traits, ["gold"], ["gold"], "GRANTED")


def parcel(
    destination: Destination,
    id_: str = "msg_1",
    customer: str = "c1",
    kind: str = "segment.entered",
    masked: tuple[str, ...] = (),
    **traits: object,
) -> Parcel:
    """What is told of a customer with these traits beside those that all have."""
    one = message(id_, customer, kind, at=NOW)  # pyright: ignore[reportArgumentType]
    answer = replace(told(customer, **traits), masked=masked)
    return parcel_of(one, answer, destination, fields_of(destination))


def means(folder: Path, reach: Reach = REACH, timeout_s: float = 5.0) -> Means:
    files, keys = folder / "files", folder / "keys"
    keys.mkdir(exist_ok=True)
    return Means(Poster(reach, timeout_s), reach, keys, files, timeout_s, lambda: NOW)


def keep(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


@dataclass
class There:
    """A destination, what arrived there as `(id, city)`, and how to have it away."""

    destination: Destination
    means: Means
    arrived: object
    away: object
    secret: Path | None = None
    closed: list[object] = field(default_factory=list)


def destination(kind: str, target: object, **changes: object) -> Destination:
    whole = {"traits": ("email", "city", "name"), **changes}
    return replace(MAILER, kind=kind, target=target, **whole)


class ChannelContract:
    """The suite. Override the fixture `there`."""

    @pytest.fixture
    async def there(self):
        raise NotImplementedError

    @pytest.fixture
    async def channel(self, there):
        made = channel_of(there.destination, there.means)
        yield made
        await made.close()
        await there.means.post.close()

    async def test_what_is_told_arrives_in_order_and_says_so(self, there, channel):
        channel.ready()
        for number in range(3):
            one = parcel(there.destination, f"msg_{number}", city=f"K{number}")
            answer = await channel.packed(one)()
            assert answer.code == "" and answer.said
        assert await there.arrived() == [(f"msg_{n}", f"K{n}") for n in range(3)]

    async def test_what_is_packed_and_not_sent_does_not_arrive(self, there, channel):
        channel.packed(parcel(there.destination))
        assert await there.arrived() == []

    async def test_who_tries_it_out_tells_of_nobody(self, there, channel):
        answer = await channel.probe()()
        assert answer.code == "" and answer.said
        assert not [one for one in await there.arrived() if "c1" in one]

    async def test_one_that_is_away_took_nothing(self, there, channel):
        await there.away()
        try:
            answer = await channel.packed(parcel(there.destination))()
        except C360Error as error:
            assert error.code not in ("", C360Error.code)
        else:
            assert answer.code

    async def test_without_its_secret_it_is_not_ready(self, there, channel):
        if there.secret is None:
            channel.ready()
            return
        there.secret.unlink()
        with pytest.raises(C360Error) as refused:
            channel.ready()
        assert refused.value.code.endswith("_MISSING")
