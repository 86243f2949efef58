"""No way to write a host reaches a private address, and what is checked is what is connected to."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from c360_kernel.errors import Invalid, SettingsError, Transient
from c360_kernel.outgoing.addresses import address_of, is_public, networks_of
from c360_kernel.outgoing.reaching import Reach
from hypothesis import given
from hypothesis import strategies as st

from .address_tricks import tricks

_PUBLIC = ("8.8.8.8", "1.1.1.1", "203.0.112.1", "2606:4700:4700::1111", "2a00:1450::1", "240e::1")


async def _numeric(host: str, port: int) -> list[str]:
    """As the system reads it, without asking anybody."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]


def _answering(*addresses: str):
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


async def test_two_thousand_tricks_reach_no_private_address():
    reach, read = Reach(resolve=_numeric), 0
    hosts = list(tricks())
    for host in hosts:
        with pytest.raises((Invalid, Transient)) as refused:
            await reach.addresses(host, 443)
        read += refused.value.code == "ADDRESS_REFUSED"
    assert len(hosts) == 2_000
    # Most of them are addresses to the system: it is the guard that refuses them.
    assert read > 1_500


@pytest.mark.parametrize(
    "host",
    [
        "fe80::1%1",
        "::1%1",
        "fe80::a9fe:a9fe%2",
        "0X7F000001",
        "0177.0x0.0.1",
        "0x7f.1",
        "017700000001",
        "127.0.0.1%2e",
        "127.0.0.1..",
        "127%2e0%2e0%2e1",
        "169.254.169.254.",
        "١٢٧.٠.٠.١",
        "¹²⁷.⁰.⁰.¹",
        "127。0．0｡1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1:7f00:0:1::",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "0:0:0:0:0:FFFF:7F00:0001",
        "fec0::1",
        "fd00:ec2::254",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "2822734096",
        "user@127.0.0.1",
        "8.8.8.8@127.0.0.1",
        "127.0.0.1\\.shop.example",
        "[::1]",
        "127.0.0.1\x00.shop.example",
        "127.0.0.1\r\nhost: shop.example",
        " 127.0.0.1",
        "",
        "*",
    ],
)
async def test_no_other_way_to_write_an_address_of_ones_own_is_one_either(host: str):
    with pytest.raises((Invalid, Transient)) as refused:
        await Reach(resolve=_numeric).addresses(host, 443)
    assert refused.value.code in ("ADDRESS_REFUSED", "HOST_UNKNOWN")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST"])
async def test_names_of_this_machine_are_refused(host: str):
    with pytest.raises(Invalid, match="not public"):
        await Reach().addresses(host, 443)


@pytest.mark.parametrize("address", _PUBLIC)
async def test_a_public_address_is_reached(address: str):
    found = await Reach(resolve=_answering(address)).addresses("shop.example", 443)
    assert found == [ip_address(address)]


async def test_one_private_address_among_public_ones_refuses_them_all():
    reach = Reach(resolve=_answering("8.8.8.8", "127.0.0.1"))
    with pytest.raises(Invalid) as refused:
        await reach.addresses("shop.example", 443)
    assert refused.value.code == "ADDRESS_REFUSED"


async def test_a_name_that_changes_is_judged_by_what_it_is_each_time():
    answers = [["8.8.8.8"], ["127.0.0.1"]]

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    reach = Reach(resolve=resolve)
    assert await reach.addresses("shop.example", 443) == [ip_address("8.8.8.8")]
    with pytest.raises(Invalid):
        await reach.addresses("shop.example", 443)


async def test_a_network_that_is_allowed_is_reached_and_no_other():
    reach = Reach(networks_of("10.2.0.0/16, fd00:1::/64"), _answering("10.2.3.4"))
    assert await reach.addresses("crm.internal", 8080) == [ip_address("10.2.3.4")]
    assert not reach.may_reach(ip_address("10.3.0.1"))
    assert not reach.may_reach(ip_address("127.0.0.1"))


async def test_what_does_not_resolve_may_later():
    with pytest.raises(Transient) as unknown:
        await Reach(resolve=_answering()).addresses("shop.example", 443)
    assert unknown.value.code == "HOST_UNKNOWN"


@given(st.ip_addresses())
def test_no_address_is_more_public_than_the_registries_say(address):
    if is_public(address) and address.version == 4:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_the_one_it_maps(address):
    assert address_of(f"::ffff:{address}") == address


@pytest.mark.parametrize("text", ["10.0.0.1/8", "example.com", "10.0.0.0/40"])
def test_a_network_that_is_none_is_refused(text: str):
    with pytest.raises(SettingsError) as refused:
        networks_of(text)
    assert refused.value.code == "NETWORK_INVALID"
