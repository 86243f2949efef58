"""What WeChat and WeCom encrypt: AES-256-CBC, with its length and receiver inside.

Source: developer.work.weixin.qq.com, "encryption of callbacks": 16 random bytes, the length of the
message in 4 bytes, the message, the id of the receiver; padded to 32 bytes as PKCS #7 does.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from c360_connectors.receiving.delivery import DeliveryRefused

_KEY_BYTES = 32
_IV_BYTES = 16
_HEAD = 20
_BLOCK = 32


def opened(text: str, key: str, receiver: str) -> bytes:
    """The message in an encrypted text. Raises `DeliveryRefused` unless it is for this receiver."""
    try:
        secret = base64.b64decode(f"{key}=", validate=True)
        sealed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DeliveryRefused("what is encrypted, or its key, is no base64") from error
    if len(secret) != _KEY_BYTES or not sealed or len(sealed) % _IV_BYTES:
        raise DeliveryRefused("what is encrypted, or its key, has the wrong length")
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:_IV_BYTES])).decryptor()
    return _message(cipher.update(sealed) + cipher.finalize(), receiver)


def _message(plain: bytes, receiver: str) -> bytes:
    pad = plain[-1]
    content = plain[_IV_BYTES:-pad] if 1 <= pad <= _BLOCK else b""
    size = int.from_bytes(content[:4], "big")
    message, found = content[4 : 4 + size], content[4 + size :]
    if len(plain) < _HEAD or len(message) != size or found != receiver.encode():
        raise DeliveryRefused("what is encrypted is not for this receiver")
    return message
