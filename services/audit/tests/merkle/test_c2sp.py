"""A verifier that knows C2SP's formats and nothing of ours accepts what we give out.

It is written after `tlog-proof`, `tlog-checkpoint` and `signed-note`, with the tree hashes of
RFC 6962 in their recursive form, and shares no code with what it tries.
"""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from c360_audit.store.proofs import TreeProofs
from c360_audit.testing.signing import KEYS
from c360_audit.testing.tree_contract import LOG, at
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.audit.tests.merkle.conftest import SIZE


def opened(note: str, vkey: str) -> str:
    """The text of a note, as `signed-note` has it verified."""
    name, key_id, encoded = vkey.split("+", 2)
    material = base64.b64decode(encoded)
    wanted = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    assert wanted.hex() == key_id
    text, lines = note[: note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2 :]
    assert note.endswith("\n")
    for line in lines[:-1].split("\n"):
        dash, signer, signature = line.split(" ")
        assert dash == "\u2014"
        payload = base64.b64decode(signature)
        if signer == name and payload[:4] == wanted:
            Ed25519PublicKey.from_public_bytes(material[1:]).verify(payload[4:], text.encode())
            return text
    raise AssertionError("nobody known has signed it")


def root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a path leads to: RFC 6962, section 2.1.1 read backwards."""
    if size == 1:
        assert path == []
        return leaf
    left = 1
    while left * 2 < size:
        left *= 2
    *rest, last = path
    if index < left:
        both = root(leaf, index, left, rest) + last
    else:
        both = last + root(leaf, index - left, size - left, rest)
    return hashlib.sha256(b"\x01" + both).digest()


def accepts(proof: str, vkey: str) -> bytes:
    """The leaf that a `.tlog-proof` proves."""
    head, checkpoint = proof.split("\n\n", 1)
    version, extra, index, *hashes = head.split("\n")
    assert version == "c2sp.org/tlog-proof@v1"
    leaf = base64.b64decode(extra.removeprefix("extra "), validate=True)
    text = opened(checkpoint, vkey)
    origin, size, result = text.split("\n")[:3]
    assert origin == vkey.split("+", maxsplit=1)[0]
    path = [base64.b64decode(one, validate=True) for one in hashes]
    at_index = int(index.removeprefix("index "))
    assert 0 <= at_index < int(size)
    found = root(hashlib.sha256(b"\x00" + leaf).digest(), at_index, int(size), path)
    assert base64.b64encode(found).decode() == result
    return leaf


def beginning(
    old: bytes, before: int, size: int, path: list[bytes], *, is_whole: bool = True
) -> tuple[bytes, bytes]:
    """The two roots that a path leads to: RFC 6962, section 2.1.2 read backwards.

    `is_whole` says that the tree of before is that whole subtree, whose root the path leaves out.
    """
    if before == size:
        if is_whole:
            assert path == []
            return old, old
        (known,) = path
        return known, known
    left = 1
    while left * 2 < size:
        left *= 2
    *rest, last = path
    if before <= left:
        first, second = beginning(old, before, left, rest, is_whole=is_whole)
        return first, hashlib.sha256(b"\x01" + second + last).digest()
    first, second = beginning(old, before - left, size - left, rest, is_whole=False)
    return (
        hashlib.sha256(b"\x01" + last + first).digest(),
        hashlib.sha256(b"\x01" + last + second).digest(),
    )


def tree_of(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root that a checkpoint tells."""
    _, size, root = opened(note, vkey).split("\n")[:3]
    return int(size), base64.b64decode(root, validate=True)


@pytest.fixture
def proofs(grown):
    return TreeProofs(grown.trees)


async def test_each_checkpoint_is_a_beginning_of_each_later_one(grown, proofs):
    (vkey,) = [one.vkey for one in KEYS.verifiers(f"c360/{LOG}/audit/0")]
    kept = [tree_of(one.note, vkey) for one in await grown.trees.checkpoints(0, 0, 100)]
    assert [size for size, _ in kept] == [*range(5, SIZE, 5), SIZE]
    for size, new in kept:
        for before, old in kept:
            if before < size:
                path = list(await proofs.consistency(0, before, size))
                assert beginning(old, before, size, path) == (old, new)
                other = [*path[:-1], bytes(32)]
                assert beginning(old, before, size, other) != (old, new)


async def test_each_proof_is_accepted_and_tells_the_entry(proofs):
    (vkey,) = [one.vkey for one in KEYS.verifiers(f"c360/{LOG}/audit/0")]
    for offset in range(SIZE):
        leaf = accepts((await proofs.proof_of(0, offset)).text, vkey)
        head, data = leaf.split(b"\n", 1)
        entry = at(0, offset)
        assert json.loads(head)[0] == entry.id
        assert data == entry.data


async def test_a_proof_that_was_touched_is_not(proofs):
    (vkey,) = [one.vkey for one in KEYS.verifiers(f"c360/{LOG}/audit/0")]
    proof = (await proofs.proof_of(0, 7)).text
    other = (await proofs.proof_of(0, 8)).text
    swapped = "\n".join([proof.split("\n")[0], other.split("\n")[1], *proof.split("\n")[2:]])
    touched = [
        swapped,
        proof.replace("index 7", "index 6"),
        proof.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"),
        proof.replace(LOG, LOG[::-1]),
    ]
    for one in touched:
        assert one != proof
        with pytest.raises((AssertionError, InvalidSignature, ValueError)):
            accepts(one, vkey)
