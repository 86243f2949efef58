"""Which addresses are of the public internet, so that no request is led into one's own network.

`ipaddress` alone does not say: NAT64, 6to4 and IPv4-compatible addresses are "global" to it and
lead to private ones, and the shared range of carriers (RFC 6598), where some clouds keep their
metadata, is not "private". So each transition range is out as a whole, and IPv6 has to be of
the range that is given to networks. Registries: IANA special-purpose addresses, IPv4 and IPv6.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from c360_kernel.errors import SettingsError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_UNICAST_V6 = IPv6Network("2000::/3")
_NEVER_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers, and metadata of a cloud
            "127.0.0.0/8",
            "168.63.129.16/32",  # metadata of a cloud, from inside it alone
            "169.254.0.0/16",  # link-local, and metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_NEVER_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "3fff::/20",
        ),
    )
)


def address_of(text: str) -> Address:
    """The address that a resolver answered, without its zone; IPv4 where it is one mapped.

    Raises `ValueError` for what is none.
    """
    found = ip_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_public(address: Address) -> bool:
    """Whether this may be anybody's on the internet, and is nobody's own network."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NEVER_V4)
    mapped = address.ipv4_mapped
    if mapped is not None:
        return is_public(mapped)
    return address in _UNICAST_V6 and not any(address in network for network in _NEVER_V6)


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks written `10.2.0.0/16, fd00:1::/64`. Raises `SettingsError` (NETWORK_INVALID)."""
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise SettingsError(
            "a network is written as 10.2.0.0/16 or fd00:1::/64, without bits of a host",
            code="NETWORK_INVALID",
        ) from error
