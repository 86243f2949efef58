"""E-mail addresses in lower case, their domains in the ASCII form of IDNA 2008 (RFC 5891, UTS #46).

Dots and `+tag` are kept: what a provider does with them is a weaker kind of
evidence than the address itself (RFC 5321 leaves the local part to its host).
"""

from __future__ import annotations

import re

import idna

_MAILBOX = re.compile(r"[^<>]*<([^<>]*)>")
_LOCAL = re.compile(r'[^\s@<>"(),:;\\\[\].]+(?:\.[^\s@<>"(),:;\\\[\].]+)*')
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_LONGEST_LOCAL = 64
_LONGEST = 254


def normalize_email(text: str, region: str) -> str | None:
    """The address of `name@host`, `Name <name@host>` or `mailto:name@host`."""
    del region
    mailbox = _MAILBOX.fullmatch(text) if "<" in text else None
    address = (mailbox[1] if mailbox else text).strip().lower().removeprefix("mailto:")
    local, at, host = address.rpartition("@")
    domain = ascii_domain(host)
    if not (at and domain and len(local) <= _LONGEST_LOCAL and _LOCAL.fullmatch(local)):
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= _LONGEST else None


def ascii_domain(host: str) -> str | None:
    """A domain name in lower case in its ASCII form; None for what is none."""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    return host if _DOMAIN.fullmatch(host) else None
