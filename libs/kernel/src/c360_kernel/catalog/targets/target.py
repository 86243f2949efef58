"""What every kind of destination is read as, and reads with."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from c360_kernel.catalog.document import Located
from c360_kernel.catalog.templates import fault_in

SECRET = re.compile(r"secret\.[a-z][a-z0-9_-]{0,40}")
"""The name in a template of a secret that stands in a file."""


class Target:
    """Where a destination of one kind is: settings of the catalog, and never a secret."""

    __slots__ = ()


def template(found: Located | None, names: Collection[str], *, secrets: bool = False) -> str:
    """A text with names in braces; `secrets`: also of secrets, `{secret.token}`."""
    text = (found.text() or "") if found is not None else ""
    fault = fault_in(_without_secrets(text) if secrets else text, names)
    if found is not None and fault:
        found.complain(fault)
        return ""
    return text


def _without_secrets(text: str) -> str:
    return re.sub(r"\{" + SECRET.pattern + r"\}", "", text)


def is_url(text: str) -> bool:
    """Whether this is an address of the web, without a user or a fragment."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    has_host = bool(parts.hostname) and "@" not in parts.netloc
    return parts.scheme in ("https", "http") and is_plain and has_host and not parts.fragment
