"""Values in their parts, equal for every spelling: what masks are computed from."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from c360_kernel.catalog.normalizers.email import normalize_email
from c360_kernel.catalog.normalizers.national_id import alphanumeric
from c360_kernel.catalog.normalizers.phone import (
    is_assigned,
    national_number,
    normalize_phone,
)


class Mailbox(NamedTuple):
    """An e-mail address."""

    local: str
    domain: str


def folded(text: str) -> str:
    """Without what cannot be seen, wide forms narrow, as the catalog's normalizers are given it."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return text.strip()


def code_of(text: str) -> str:
    """The letters, in upper case, and digits of a folded text."""
    return unicodedata.normalize("NFKC", alphanumeric(text))


def mailbox_of(text: str) -> Mailbox | None:
    """The address that a folded text is."""
    address = normalize_email(text, "") if "@" in text else None
    if address is None:
        return None
    local, _, domain = address.rpartition("@")
    return Mailbox(local, domain)


def national_numbers(text: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The phone numbers that a folded text may be, without country code and extension.

    One for each region where it can be dialled: first those of assigned ranges, then by the order
    of the regions. With a country code there is no doubt.
    """
    dialled = (normalize_phone(text, region) for region in regions)
    found = [number for number in dict.fromkeys(dialled) if number is not None]
    found.sort(key=lambda number: not is_assigned(number))
    return tuple(dict.fromkeys(national_number(number) for number in found))
