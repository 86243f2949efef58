"""Web domains of organisations, in lower case and the ASCII form of IDNA 2008."""

from __future__ import annotations

import re

from c360_kernel.catalog.normalizers.email import ascii_domain

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_PORT = re.compile(r":[0-9]{1,5}")
_PROVIDERS = (
    "126", "139", "163", "188", "189", "21cn", "aliyun", "aol", "fastmail", "foxmail", "gmail",
    "gmx", "googlemail", "hotmail", "icloud", "live", "mail", "me", "msn", "naver", "outlook",
    "proton", "protonmail", "qq", "sina", "sohu", "tom", "vip.163", "vip.qq", "vip.sina", "web",
    "wo", "yahoo", "yandex", "yeah", "zoho",
)  # fmt: skip
_SUFFIXES = ("cn", "com", "com.cn", "co.jp", "co.uk", "de", "fr", "me", "net", "ru")
FREE_MAIL = (
    rf"(?:{'|'.join(map(re.escape, _PROVIDERS))})\.(?:{'|'.join(map(re.escape, _SUFFIXES))})",
)
"""Domains that everybody can have a mailbox under: they name no organisation."""


def normalize_web_domain(text: str, region: str) -> str | None:
    """The domain of `https://www.name.example/page`, `name@name.example` or `Name.Example`."""
    del region
    bare = _SCHEME.sub("", text.strip().lower(), count=1)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0].rpartition("@")[2]
    return ascii_domain(_PORT.sub("", host).removesuffix(".").removeprefix("www."))
