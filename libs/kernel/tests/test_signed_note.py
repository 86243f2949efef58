"""Signed notes, after C2SP's rules and its own example."""

from __future__ import annotations

import base64

import pytest
from c360_kernel.errors import Invalid
from c360_kernel.signed_note import Note, NoteSigner, NoteVerifier, Signature, verified
from c360_kernel.signing import SigningKeys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONn"
    "cAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
OLD, NEW = b"o" * 32, b"n" * 32
TEXT = "c360/a/audit/0\n0\nroot\n"


def refused(note: str, *vkeys: str) -> str:
    with pytest.raises(Invalid) as error:
        verified(note, [NoteVerifier.read(one) for one in vkeys])
    return error.value.code


def test_the_example_of_the_specification_is_believed() -> None:
    assert verified(EXAMPLE, [NoteVerifier.read(VKEY)]) == "This is an example message.\n"
    assert NoteVerifier.read(VKEY).vkey == VKEY
    assert Note.read(EXAMPLE).whole == EXAMPLE


@pytest.mark.parametrize(
    "note",
    [
        EXAMPLE.replace("This", "That"),
        EXAMPLE.replace("Uw2QOkn8", "Uw2QOkn9"),
        EXAMPLE[:-1],
        EXAMPLE.replace("\n\n", "\n"),
        EXAMPLE.replace(" is ", "\tis "),
        EXAMPLE + "signed by me\n",
        EXAMPLE.replace("foo Uw2Q", "foo ????"),
        EXAMPLE[EXAMPLE.index("—") :],
        "a" * 100_001 + EXAMPLE,
    ],
)
def test_what_was_changed_or_is_no_note_is_not(note: str) -> None:
    assert refused(note, VKEY) == "NOTE_INVALID"


def test_signatures_of_others_are_ignored_and_are_not_enough() -> None:
    stranger = NoteSigner("example.com/foo", NEW)
    assert refused(EXAMPLE, stranger.verifier.vkey) == "NOTE_UNSIGNED"
    both = EXAMPLE + stranger.sign("This is an example message.\n").line
    assert verified(both, [NoteVerifier.read(VKEY)]) == "This is an example message.\n"
    false = EXAMPLE + Signature("example.com/foo", stranger.verifier.key_id, b"x" * 64).line
    assert refused(false, VKEY, stranger.verifier.vkey) == "NOTE_INVALID"


@pytest.mark.parametrize(
    "vkey",
    ["", "a+b", VKEY.replace("530d", "530e"), VKEY[:-4], VKEY.replace("Aek", "Bek"), "+" + VKEY],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(Invalid) as error:
        NoteVerifier.read(vkey)
    assert error.value.code == "NOTE_KEY_INVALID"


@given(st.text("abc客é \n", min_size=1).map(lambda text: text + "\n"))
def test_whatever_is_signed_is_read_back(text: str) -> None:
    signer = NoteSigner("c360/a", OLD)
    note = Note(text, (signer.sign(text),)).whole
    assert verified(note, [signer.verifier]) == text


def test_while_keys_rotate_both_sign_and_a_retired_one_is_believed() -> None:
    before = SigningKeys((OLD,))
    rotating, after = SigningKeys((NEW, OLD)), SigningKeys((NEW,))
    note = rotating.signed("c360/a", TEXT)
    for keys in (before, rotating, after):
        assert verified(note, keys.verifiers("c360/a")) == TEXT
    old = before.signed("c360/a", TEXT)
    public = before.verifiers("c360/a")[0].public
    assert verified(old, SigningKeys((NEW,), (public,)).verifiers("c360/a")) == TEXT
    with pytest.raises(Invalid):
        verified(old, after.verifiers("c360/a"))


def test_a_cosignature_of_a_witness_is_believed_with_its_time_alone() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    witness = NoteVerifier("witness.example/w1", b"\x04", public)
    stated = NoteVerifier.read(witness.vkey)
    made = key.sign(f"cosignature/v1\ntime 1679315147\n{TEXT}".encode())
    for at, holds in ((1679315147, True), (1679315148, False)):
        signature = Signature(stated.name, stated.key_id, at.to_bytes(8) + made)
        assert stated.is_true(TEXT, signature) == holds
    plain = NoteVerifier.ed25519("witness.example/w1", public)
    assert plain.key_id != witness.key_id
    assert base64.b64decode(witness.vkey.rpartition("+")[2])[:1] == b"\x04"
