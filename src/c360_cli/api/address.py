"""Where an instance is, as `--url` says it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from c360_kernel.errors import Invalid

_PLAIN = re.compile(r"[!-~]+")


def target_of(url: str) -> SplitResult:
    """The parts of an address.

    Raises `Invalid` (URL_INVALID) for one that is of no instance, without saying it: who wrote a
    password into it does not want to read it again.
    """
    try:
        target = urlsplit(url)
        known = target.scheme in ("http", "https") and target.hostname and target.port != 0
        known = known and _PLAIN.fullmatch(url)
        more = target.query or target.fragment or "@" in target.netloc
    except ValueError:
        raise _invalid() from None
    if not known or more:
        raise _invalid()
    return target


def _invalid() -> Invalid:
    message = "--url must be http://HOST:PORT or https://…, without a user or a query"
    return Invalid(message, code="URL_INVALID")
