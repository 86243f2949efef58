"""Ids of customers are the same for ever, and say nothing of whom they are of."""

from __future__ import annotations

import base64
import hashlib

import pytest
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.record import RecordKey
from hypothesis import given
from hypothesis import strategies as st

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("seed", "id_"),
    [
        (RecordKey("crm", "1"), "ctf7oibro4rdtzmpgmjcpqdie"),
        (RecordKey("web", "ann@example.com"), "ch5qpskgerci32um4rjcf35yk"),
    ],
)
def test_an_id_that_was_once_given_stays(seed: RecordKey, id_: str) -> None:
    assert customer_ids(KEY)(seed) == id_


@given(st.text(min_size=1, max_size=9), st.text(max_size=60), st.binary(min_size=1, max_size=64))
def test_an_id_is_a_keyed_hash_in_base32(source: str, key: str, secret: bytes) -> None:
    text = f"{source}/{key}".encode()
    digest = hashlib.blake2b(text, digest_size=15, key=secret).digest()
    expected = "c" + base64.b32encode(digest).decode().lower()
    assert customer_ids(secret)(RecordKey(source, key)) == expected
