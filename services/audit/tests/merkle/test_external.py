"""The Go project's own verifier of notes and trees accepts what we give out, and nothing touched.

`external/` has the few lines of Go that ask it; its module is fetched by name and pinned by hash.
Skipped where there is no Go, or the module cannot be had.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from c360_audit.store.proofs import TreeProofs
from c360_audit.testing.signing import KEYS
from c360_audit.testing.tree_contract import LOG

from services.audit.tests.merkle.conftest import SIZE

OF_GO = Path(__file__).with_name("external")
GO = shutil.which("go")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    if GO is None:
        pytest.skip("there is no Go here")
    made = shutil.copytree(OF_GO, tmp_path_factory.mktemp("external") / "of-go")
    fetched = subprocess.run([GO, "mod", "download"], cwd=made, capture_output=True, check=False)
    if fetched.returncode:
        pytest.skip("the Go module golang.org/x/mod cannot be had")
    subprocess.run([GO, "build", "-mod=readonly", "-o", "verifier", "."], cwd=made, check=True)
    return made / "verifier"


def answers(verifier, claims):
    lines = "".join(json.dumps(one) + "\n" for one in claims)
    done = subprocess.run([verifier], input=lines, capture_output=True, text=True, check=True)
    return [line == "true" for line in done.stdout.splitlines()]


def text_of(data):
    return base64.b64encode(data).decode()


async def inclusion(trees, index):
    found = await TreeProofs(trees).proof_of(0, index)
    hashes = list(map(text_of, found.hashes))
    return claim(Note=found.checkpoint, Leaf=text_of(found.leaf), Index=index, Hashes=hashes)


async def consistency(trees, old, new):
    found = await TreeProofs(trees).consistency(0, old.size, new.size)
    return claim(Note=new.note, Old=old.note, Hashes=list(map(text_of, found)))


def claim(**fields):
    (vkey,) = [one.vkey for one in KEYS.verifiers(f"c360/{LOG}/audit/0")]
    return {"Vkey": vkey, **fields}


async def all_claims(trees):
    kept = await trees.checkpoints(0, 0, 100)
    pairs = [(old, new) for old in kept for new in kept if old.size <= new.size]
    return [
        *[await inclusion(trees, index) for index in range(SIZE)],
        *[await consistency(trees, old, new) for old, new in pairs],
    ]


def touched(one):
    """A claim in each way that is not the one that was made."""
    hashes = one["Hashes"]
    yield one | {"Note": one["Note"].replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n", 1) + "x"}
    yield one | {"Hashes": [*hashes, text_of(bytes(32))]}
    if hashes:
        yield one | {"Hashes": hashes[:-1]}
        yield one | {"Hashes": [text_of(bytes(32)), *hashes[1:]]}
    if "Leaf" in one:
        yield one | {"Leaf": text_of(b"forged")}
        yield one | {"Index": (one["Index"] + 1) % SIZE}


async def test_it_accepts_each_proof_and_nothing_that_was_touched(verifier, grown):
    claims = await all_claims(grown.trees)
    assert len(claims) > SIZE
    assert all(answers(verifier, claims))
    forged = [one for stated in claims for one in touched(stated)]
    assert not any(answers(verifier, forged))
