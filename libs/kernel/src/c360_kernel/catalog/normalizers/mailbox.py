"""The mailbox behind an e-mail address, as its provider reads it.

To Gmail `J.Doe+shop@googlemail.com` is `jdoe@gmail.com`. Which addresses are one mailbox is up to
the host (RFC 5321, 2.3.11; sub-addresses are RFC 5233), so this is known of some hosts and guessed
of none. It is weaker evidence than the address: a family tags one mailbox for each of its members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from c360_kernel.catalog.normalizers.email import normalize_email

_TAG = "+"


class _Provider(NamedTuple):
    """The host that all names of it stand for, and what it does not read in the local part."""

    host: str
    unread: Mapping[int, int | None] = {}


_NO_DOTS = str.maketrans("", "", ".")
_NO_MARKS = str.maketrans("", "", ".-_")
_ONE_MARK = str.maketrans("-", ".")
_GMAIL = _Provider("gmail.com", _NO_DOTS)
_ICLOUD = _Provider("icloud.com")
_PROTON = _Provider("proton.me", _NO_MARKS)
_YANDEX = _Provider("yandex.ru", _ONE_MARK)
_ALONE = ("outlook.com", "hotmail.com", "live.com", "msn.com", "fastmail.com", "fastmail.fm")
_PROVIDERS: Mapping[str, _Provider] = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), _PROTON),
    **dict.fromkeys(("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "ya.ru"), _YANDEX),
    **{host: _Provider(host) for host in _ALONE},
}


def normalize_mailbox(text: str, region: str) -> str | None:
    """The mailbox of an address as people write it; None where its host is not known to fold."""
    address = normalize_email(text, region)
    return None if address is None else mailbox_of(address)


def mailbox_of(address: str) -> str | None:
    """The mailbox of a normalized address, also one that is written like it."""
    local, _, host = address.rpartition("@")
    provider = _PROVIDERS.get(host)
    if provider is None:
        return None
    read = local.partition(_TAG)[0].translate(provider.unread)
    return f"{read}@{provider.host}" if read else None
