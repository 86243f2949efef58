"""Unified social credit codes: what a Chinese organisation is registered under (GB 32100-2015)."""

from __future__ import annotations

import re
from operator import mul

from c360_kernel.catalog.normalizers.national_id import alphanumeric

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 signs: no I, O, S, V or Z, which are taken for digits and for each other."""
_FORM = re.compile(rf"[1-9A-NPQRTUWXY][0-9A-Y][0-9]{{6}}[{_ALPHABET}]{{10}}")
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""The powers of 3 modulo 31."""


def normalize_credit_code(text: str, region: str) -> str | None:
    """18 capitals and digits whose last one checks the others; None for any other text."""
    del region
    bare = alphanumeric(text)
    if not _FORM.fullmatch(bare) or any(sign not in _ALPHABET for sign in bare):
        return None
    return bare if check_sign(bare[:-1]) == bare[-1] else None


def check_sign(first: str) -> str:
    """The check sign of the first 17 of a code: what makes the weighted sum 0 modulo 31."""
    total = sum(map(mul, _WEIGHTS, map(_ALPHABET.index, first)))
    return _ALPHABET[-total % 31]
