"""Hashes by which advertisers' audiences know a customer, each of the form that a platform asks.

What is hashed is an e-mail address, a telephone with its country code (E.164), or what a device is
called by. The rules are the platforms': Meta's customer file, Google's Customer Match, TikTok's
custom audiences, Tencent's packages of numbers. What is not surely one of these has no hash, as it
would match nobody, or somebody else. A hash of a telephone is as personal as the telephone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

Form: TypeAlias = Callable[[str], str]
"""The hash of a text. Raises `ValueError` for one that is nothing of its form."""
_EMAIL = re.compile(r"[a-z0-9!#$%&'+/=?^_`{|}~.-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CHINESE = re.compile(r"\+861[0-9]{10}", re.ASCII)
_IMEI = re.compile(r"(?!0+\Z)([0-9a-f]{14}|[0-9]{15})", re.ASCII)
_IDFA = re.compile(r"(?![0-]+\Z)[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.ASCII)
_MAC = re.compile(r"(?!0+\Z)[0-9A-F]{12}", re.ASCII)
_GOOGLE = ("gmail.com", "googlemail.com")


def _email(text: str) -> str:
    return _fitting(_EMAIL, text.strip().lower())


def _google_email(text: str) -> str:
    """Without spaces anywhere; of Google's own mailboxes without dots before the @."""
    whole = _fitting(_EMAIL, "".join(text.lower().split()))
    local, _, host = whole.partition("@")
    return f"{local.replace('.', '')}@{host}" if host in _GOOGLE else whole


def _tiktok_email(text: str) -> str:
    """Without dots and what follows a plus before the @, whoever's mailbox it is."""
    local, _, host = _email(text).partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{host}"


def _phone(text: str, form: re.Pattern[str] = _E164) -> str:
    return _fitting(form, re.sub(r"[\s().-]", "", text))


def _phone_without_plus(text: str) -> str:
    return _phone(text).removeprefix("+")


def _chinese_phone(text: str) -> str:
    """The eleven digits of a Chinese mobile telephone."""
    return _phone(text, _CHINESE).removeprefix("+86")


def _imei(text: str) -> str:
    return _fitting(_IMEI, text.strip().lower())


def _idfa(text: str) -> str:
    """With its dashes; a device that tells nobody who it is shows zeros."""
    return _fitting(_IDFA, text.strip().upper())


def _mac(text: str) -> str:
    return _fitting(_MAC, re.sub(r"[:-]", "", text.strip().upper()))


def _fitting(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError("nothing of this form")
    return text


def _sha256(normal: Form) -> Form:
    return lambda text: hashlib.sha256(normal(text).encode()).hexdigest()


def _md5(normal: Form) -> Form:
    # The platform asks for it: nothing here is kept safe by it.
    return lambda text: hashlib.md5(normal(text).encode(), usedforsecurity=False).hexdigest()


FORMS: Mapping[str, Form] = {
    "meta_email": _sha256(_email),
    "google_email": _sha256(_google_email),
    "tiktok_email": _sha256(_tiktok_email),
    "meta_phone": _sha256(_phone_without_plus),
    "google_phone": _sha256(_phone),
    "tiktok_phone": _sha256(_phone),
    "tencent_phone": _md5(_chinese_phone),
    "tencent_imei": _md5(_imei),
    "tencent_idfa": _md5(_idfa),
    "tencent_mac": _md5(_mac),
}
"""By the names that the catalog gives them."""


def hash_of(form: str, value: object) -> str | None:
    """The hash of a value in one of `FORMS`; None for what is nothing of that form."""
    if not isinstance(value, str):
        return None
    try:
        return FORMS[form](unicodedata.normalize("NFKC", value))
    except ValueError:
        return None
