"""What a receipt of a consent is signed with, and believed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_kernel.errors import Invalid
from c360_kernel.jws import PublicKey, verify
from c360_kernel.signing import SigningKeys

SIGNATURE = "signature"
_TYPE = "c360-consent-receipt"
"""So that no signature of anything else is taken for one of a receipt."""

Document = Mapping[str, object]
"""A receipt with the names of the standard, as JSON."""


def signature_of(document: Document, keys: SigningKeys) -> str:
    """The detached signature of a receipt: of all that it holds but for a signature."""
    return keys.signed_apart(_TYPE, _unsigned(document))


def verify_receipt(document: Document, keys: Sequence[PublicKey]) -> None:
    """Believe a receipt that holds its signature.

    Raises `Invalid`: RECEIPT_UNSIGNED, SIGNATURE_INVALID where anything in it was changed,
    left out or added, SIGNATURE_KEY_UNKNOWN, JSON_NOT_CANONICAL.
    """
    signature = document.get(SIGNATURE)
    if not isinstance(signature, str):
        raise Invalid("a receipt without a signature", code="RECEIPT_UNSIGNED")
    verify(signature, _TYPE, _unsigned(document), keys)


def _unsigned(document: Document) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != SIGNATURE}
