"""Checkpoints kept elsewhere: files, the log, and a witness after C2SP's rules."""

from __future__ import annotations

import asyncio
import base64
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from c360_audit.domain.merkle.checking import is_beginning
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.handlers.checkpoint_files import CheckpointFiles
from c360_audit.handlers.checkpoint_topic import CheckpointTopic
from c360_audit.handlers.publishing import CheckpointPublisher
from c360_audit.handlers.witness import Witness, witnesses_of
from c360_audit.testing.entries import keep
from c360_audit.testing.memory import MemoryAuditLog
from c360_audit.testing.signing import KEYS
from c360_audit.testing.tree_contract import LOG, at
from c360_kernel.codec import decode
from c360_kernel.errors import Conflict, Invalid, SettingsError, Transient
from c360_kernel.log.identity import Origin
from c360_kernel.log.topics import AUDIT_CHECKPOINTS
from c360_kernel.signed_note import Note, NoteVerifier, Signature, verified
from c360_kernel.stamp import StampClock
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
VERIFIER = NoteVerifier("witness.example/w1", b"\x04", PUBLIC)


class Witnessing:
    """A witness as the specification has it, over HTTP."""

    def __init__(self):
        self.seen = {}
        self.answers = []
        self.liar = False
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status, text = witness.answer(self.path, body)
                witness.answers.append(status)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/prefix"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        assert path == "/prefix/add-checkpoint"
        head, _, note = body.partition("\n\n")
        old, *proof = head.split("\n")
        assert old.startswith("old ")
        before, hashes = int(old[4:]), [base64.b64decode(one, validate=True) for one in proof]
        origin = note.split("\n")[0]
        try:
            stated = Checkpoint.read(verified(note, KEYS.verifiers(origin)))
        except Invalid:
            return 403, ""
        size, root = self.seen.get(origin, (0, b""))
        if before != size:
            return 409, f"{size}\n"
        if size and not is_beginning(size, root, stated.size, stated.root, hashes):
            return 422, ""
        self.seen[origin] = (stated.size, stated.root)
        signed = f"cosignature/v1\ntime 1700000000\n{stated.text}"
        made = (1_700_000_000).to_bytes(8) + KEY.sign(b"lie" if self.liar else signed.encode())
        return 200, Signature(VERIFIER.name, VERIFIER.key_id, made).line


@pytest.fixture
def witnessing():
    made = Witnessing()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
async def log():
    log = MemoryAuditLog()
    await log.claimed(Origin(LOG))
    await keep(log, *(at(0, n) for n in range(5)), at(1, 0))
    # The model has no tiles of its own.
    return log


def kept(directory):
    return {file.name: file.read_text() for file in sorted(directory.glob("*.checkpoint"))}


async def test_files_hold_the_newest_and_none_is_put_back(log, tmp_path):
    files = CheckpointFiles(tmp_path)
    before = await log.trees.newest()
    await files.keep(before, log)
    await keep(log, at(0, 5))
    newest = await log.trees.newest()
    await files.keep(newest, log)
    assert kept(tmp_path) == {f"audit-{n}.checkpoint": newest[n] for n in (0, 1)}
    with pytest.raises(Conflict) as refused:
        await files.keep(before, log)
    assert refused.value.code == "CHECKPOINT_BEHIND"
    assert kept(tmp_path)["audit-0.checkpoint"] == newest[0]


async def test_a_directory_that_cannot_be_written_is_said(log, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Transient) as refused:
        await CheckpointFiles(tmp_path / "file").keep(await log.trees.newest(), log)
    assert refused.value.code == "FILE_UNWRITABLE"


async def test_the_log_is_told_all_of_them_together(log):
    await CheckpointTopic(StampClock(node="0" * 12)).keep(await log.trees.newest(), log)
    (outgoing,) = await log.outgoing(10)
    assert outgoing.entry.topic == AUDIT_CHECKPOINTS
    payload = decode(AUDIT_CHECKPOINTS, outgoing.entry.data)
    assert payload.notes == tuple(note for _, note in sorted((await log.trees.newest()).items()))


async def test_a_witness_signs_what_goes_on_from_what_it_saw(log, tmp_path, witnessing):
    witness = Witness(witnessing.url, VERIFIER, tmp_path, 1)
    await witness.keep(await log.trees.newest(), log)
    await keep(log, *(at(0, n) for n in range(5, 40)))
    await witness.keep(await log.trees.newest(), log)
    await witness.keep(await log.trees.newest(), log)
    assert witnessing.answers == [200, 200, 200]
    (folder,) = tmp_path.iterdir()
    for name, note in kept(folder).items():
        partition = int(name[6])
        assert verified(note, [VERIFIER]) == verified(note, KEYS.verifiers(note.split("\n")[0]))
        assert Note.read(note).text == Note.read((await log.trees.newest())[partition]).text


async def test_one_that_was_begun_anew_goes_on_where_the_witness_is(log, tmp_path, witnessing):
    await Witness(witnessing.url, VERIFIER, tmp_path, 1).keep(await log.trees.newest(), log)
    await keep(log, *(at(0, n) for n in range(5, 9)))
    await Witness(witnessing.url, None, tmp_path, 1).keep(await log.trees.newest(), log)
    assert witnessing.answers == [200, 200, 409, 200, 409, 200]


@pytest.mark.parametrize(
    ("seen", "error", "code"),
    [((99, b""), Conflict, "WITNESS_AHEAD"), ((3, b"other"), Transient, "WITNESS_REFUSED")],
)
async def test_a_witness_of_another_past_refuses(log, tmp_path, witnessing, seen, error, code):
    witnessing.seen[f"c360/{LOG}/audit/0"] = seen
    with pytest.raises(error) as refused:
        await Witness(witnessing.url, VERIFIER, tmp_path, 1).keep(await log.trees.newest(), log)
    assert refused.value.code == code


async def test_what_is_not_the_witness_signature_is_not_kept(log, tmp_path, witnessing):
    witnessing.liar = True
    with pytest.raises(Transient) as refused:
        await Witness(witnessing.url, VERIFIER, tmp_path, 1).keep(await log.trees.newest(), log)
    assert refused.value.code == "WITNESS_SIGNATURE_FALSE"
    assert list(tmp_path.iterdir()) == []


async def test_a_witness_that_is_down_is_said_and_tried_again(log, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("c360_audit.handlers.publishing._FIRST_PAUSE_S", 0.01)
    witnessing = Witnessing()
    witnessing.server.shutdown()
    witnessing.server.server_close()
    down = Witness(witnessing.url, VERIFIER, tmp_path, 1)
    files = CheckpointFiles(tmp_path / "files")
    publisher = CheckpointPublisher(lambda: log, [down, files], files)
    running = asyncio.create_task(publisher.run())
    async with asyncio.timeout(60):
        while "WITNESS_UNREACHABLE" not in caplog.text or not (tmp_path / "files").exists():
            await asyncio.sleep(0.01)
    assert caplog.text.count("WITNESS_UNREACHABLE") == 1
    await keep(log, at(0, 5))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    # What was signed last is kept when it stops.
    assert kept(tmp_path / "files")["audit-0.checkpoint"] == (await log.trees.newest())[0]


@pytest.mark.parametrize("given", ["ftp://a", "one two http://a", "http"])
def test_witnesses_that_cannot_be_read_are_refused(tmp_path, given):
    with pytest.raises(SettingsError):
        witnesses_of(given, tmp_path, 1)


def test_witnesses_are_named_by_url_with_or_without_their_key(tmp_path):
    found = witnesses_of(f" {VERIFIER.vkey} https://a/w , http://b", tmp_path, 1)
    assert [one.name for one in found] == ["audit witness https://a/w", "audit witness http://b"]
    assert list(witnesses_of("", tmp_path, 1)) == []
