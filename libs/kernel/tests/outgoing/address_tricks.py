"""Two thousand ways to write a host that leads into somebody's own network."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_PRIVATE_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4",
    "240.0.0.0/4",
)  # fmt: skip
_PRIVATE_V6 = (
    "::/8", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32", "2001::/32",
    "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "5f00::/16", "100::/64", "3fff::/20",
)  # fmt: skip
_KNOWN_V4 = ("127.0.0.1", "0.0.0.0", "169.254.169.254", "100.100.100.200", "10.0.0.1")
_KNOWN_V6 = ("::", "::1", "fd00:ec2::254", "fe80::1", "::127.0.0.1")
_CIRCLED = dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
_FULL_WIDTH = {str(n): chr(0xFF10 + n) for n in range(10)}


def _parts(one: IPv4Address) -> list[int]:
    return list(one.packed)


def _inside_v6(prefix: str) -> Callable[[IPv4Address], str]:
    base = int(IPv6Address(prefix))
    return lambda one: str(IPv6Address(base + int(one)))


def _swapped(text: str, digits: dict[str, str]) -> str:
    return "".join(digits.get(char, char) for char in text)


SPELLINGS: tuple[Callable[[IPv4Address], str], ...] = (
    str,
    lambda one: str(int(one)),
    lambda one: hex(int(one)),
    lambda one: f"0{int(one):o}",
    lambda one: ".".join(hex(part) for part in _parts(one)),
    lambda one: ".".join(f"0{part:o}" for part in _parts(one)),
    lambda one: f"{_parts(one)[0]}.{int(one) & 0xFFFFFF}",
    lambda one: "{}.{}.{}".format(*_parts(one)[:2], int(one) & 0xFFFF),
    lambda one: f"{one}.",
    lambda one: _swapped(str(one), _CIRCLED),
    lambda one: _swapped(str(one), _FULL_WIDTH),
    lambda one: str(one).replace(".", "。"),
    _inside_v6("::ffff:0:0"),
    _inside_v6("::"),
    _inside_v6("64:ff9b::"),
    lambda one: str(IPv6Address((0x2002 << 112) + (int(one) << 80) + 1)),
    lambda one: f"::ffff:{one}",
    lambda one: f"::FFFF:{one}%1",
)


def tricks(count: int = 2_000) -> Iterator[str]:
    """Hosts, the same ones each time."""
    chance = random.Random(7)
    known = [spelling(IPv4Address(one)) for one in _KNOWN_V4 for spelling in SPELLINGS]
    yield from (*known, *_KNOWN_V6)
    for number in range(count - len(known) - len(_KNOWN_V6)):
        if number % 5 == 4:
            yield str(_within_v6(chance.choice(_PRIVATE_V6), chance))
        else:
            host = _within_v4(chance.choice(_PRIVATE_V4), chance)
            yield SPELLINGS[number % len(SPELLINGS)](host)


def _within_v4(text: str, chance: random.Random) -> IPv4Address:
    network = IPv4Network(text)
    return network[chance.randrange(network.num_addresses)]


def _within_v6(text: str, chance: random.Random) -> IPv6Address:
    network = IPv6Network(text)
    return network[chance.randrange(network.num_addresses)]
