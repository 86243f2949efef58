"""Answers of subgraphs are authenticated: whoever is between can neither change nor make one.

The seal is an HMAC-SHA-256 of the caller context that the request carried, and of the body that
answers it, under a key made from the one that signed the request: an answer to another request, or
of another subgraph, does not fit.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

import orjson
from joserfc.util import urlsafe_b64decode

from c360_kernel.context import SubgraphKeys

HEADER = "c360-answer"


def seal_answer(context: str, body: bytes, keys: SubgraphKeys) -> str:
    """The seal of an answer to a request; empty where its context names no key of ours."""
    secret = keys.secrets.get(_key_id(context.partition(".")[0]))
    return "" if secret is None else _seal(secret, context, body)


def is_sealed(seal: str, context: str, body: bytes, keys: SubgraphKeys) -> bool:
    """Whether this body answers the request that carried this context."""
    expected = seal_answer(context, body, keys)
    return expected != "" and hmac.compare_digest(seal.encode(), expected.encode())


def _seal(secret: bytes, context: str, body: bytes) -> str:
    mac = hmac.new(_answer_key(secret), context.encode(), hashlib.sha256)
    mac.update(b"\n")
    mac.update(body)
    return mac.hexdigest()


@lru_cache(maxsize=64)
def _answer_key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"c360:answer", hashlib.sha256)


@lru_cache(maxsize=64)
def _key_id(header: str) -> str:
    """What a token's header calls its key; empty for what is no header."""
    try:
        found: object = orjson.loads(urlsafe_b64decode(header.encode()))["kid"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""
