"""Numbers that are different for every person, without remembering those given.

Phones end in a Luhn digit: one digit typed wrong never gives the phone of somebody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib

_CN_PREFIXES = ("130", "131", "135", "136", "137", "139", "150", "156", "158", "186", "188", "199")
_NANP_AREAS = ("212", "312", "415", "503", "617", "702", "808", "917")
_SCATTER = 7_654_321
"""Coprime to 2, 3 and 5, so that multiplying by it permutes the spaces used here."""

_FIRST_BIRTH = dt.date(1950, 1, 1)
_BIRTH_DAYS = 20_000
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def chinese_mobile(number: int) -> str:
    """Eleven digits; different for every number below 120 million."""
    prefix, line = divmod(_scattered(number, len(_CN_PREFIXES) * 10**7), 10**7)
    return _with_check_digit(f"{_CN_PREFIXES[prefix]}{line:07d}")


def american_phone(number: int) -> str:
    """Ten digits without the country code; different for every number below 6.4 million."""
    area, line = divmod(_scattered(number, len(_NANP_AREAS) * 800_000), 800_000)
    # The first digit of an exchange is 2 to 9.
    return _with_check_digit(f"{_NANP_AREAS[area]}{200_000 + line:06d}")


def birth_date(number: int) -> dt.date:
    """A day from 1950 to 2004."""
    return _FIRST_BIRTH + dt.timedelta(days=_scattered(number, _BIRTH_DAYS))


def national_id(region_code: str, number: int) -> str:
    """A resident identity number with a valid check digit (GB 11643-1999).

    It tells the birth date of `birth_date`; different for every number below 20 million.
    """
    stem = f"{region_code}{birth_date(number):%Y%m%d}{number // _BIRTH_DAYS:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, stem, strict=True))
    return stem + _ID_CHECKS[total % 11]


def member_card(number: int) -> str:
    """Twelve digits; different for every number below 100 million."""
    return _with_check_digit(f"620{_scattered(number, 10**8):08d}")


def token(kind: str, number: int, length: int) -> str:
    """At most 32 letters and digits that a machine made; 16 are enough to be unique."""
    return hashlib.blake2b(f"{kind}/{number}".encode(), digest_size=16).hexdigest()[:length]


def _scattered(number: int, space: int) -> int:
    return number * _SCATTER % space


def _with_check_digit(stem: str) -> str:
    total = 0
    for place, character in enumerate(reversed(stem)):
        doubled = int(character) * (2 - place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return stem + str(-total % 10)
