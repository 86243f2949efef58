"""Phone numbers as E.164, with an extension, if any, as in RFC 3966.

Chinese mobiles and North American numbers are most of what comes and take a
fast path; a test holds it equal to the slow one. A number needs only a
possible length for its region, not an assigned range: registers are always
behind, and a number that exists nowhere still says "the same line".
"""

from __future__ import annotations

import re

import phonenumbers

_PUNCTUATION = str.maketrans("", "", " ()-.\u00a0\u2010\u2011\u2012\u2013\u2014\u2212")
_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_CN_ABROAD = re.compile(r"\+86(1[3-9][0-9]{9})")
_NANP = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_NANP_ABROAD = re.compile(r"\+1([2-9][0-9]{9})")
_NANP_REGIONS = frozenset({"US", "CA", "PR", "BS", "JM", "TT", "DO", "BB", "BM"})
_LONGEST = 64
_NUMBER = re.compile(
    r"(?:tel:|phone:|电话[:：]?|手机[:：]?)?\s*(?P<number>[+0-9()\[\]\s\-./\u2010-\u2014\u2212]*?[0-9)])"
    r"(?:\s*(?:[,;]?\s*(?:ext(?:ension|n)?|x|分机号?|分機|转|轉|内线|內線)[.:=：]?|#|[,;]ext=)"
    r"\s*(?P<extension>[0-9]{1,7}))?\s*",
    re.IGNORECASE,
)


def normalize_phone(text: str, region: str) -> str | None:
    """E.164 of a number as people write it; `region` is where a number without + is dialled."""
    if len(text) > _LONGEST:
        return None
    bare = text.translate(_PUNCTUATION)
    return _fast(bare, region) or _one_number(text, region)


def _one_number(text: str, region: str) -> str | None:
    """A whole text that is one number: the parser below would take what comes before a letter."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    extension = found["extension"]
    return _slow(found["number"] + (f" ext. {extension}" if extension else ""), region)


def national_number(number: str) -> str:
    """The digits of a normalized number without country code and extension."""
    return phonenumbers.national_significant_number(phonenumbers.parse(number))


def is_assigned(number: str) -> bool:
    """Whether a normalized number lies in a range that, as far as is known, is in use."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _fast(bare: str, region: str) -> str | None:
    if found := (_CN_MOBILE if region == "CN" else _CN_ABROAD).fullmatch(bare):
        return f"+86{found[1]}"
    if found := (_NANP if region in _NANP_REGIONS else _NANP_ABROAD).fullmatch(bare):
        return f"+1{found[1]}"
    return None


def _slow(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164
