"""The demonstration says of a look that it is proved only where it is."""

import base64

import pytest
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash, node_hash
from c360_kernel.errors import Invalid
from c360_kernel.signing import SigningKeys

from c360_cli.demo.auditing import proved, shortened

KEYS = SigningKeys((bytes(range(32)),))
OTHERS = SigningKeys((bytes(range(1, 33)),))
LEAVES = (b"first", b"second")


def answer(index=1, leaf=LEAVES[1], keys=KEYS):
    hashes = [leaf_hash(one) for one in LEAVES]
    tree = Checkpoint("c360/log/audit/0", 2, node_hash(*hashes))
    proof = {
        "index": index,
        "leaf": base64.b64encode(leaf).decode(),
        "hashes": [base64.b64encode(hashes[0]).decode()],
        "checkpoint": keys.signed(tree.origin, tree.text),
    }
    look = {"principal": "ann", "proof": proof}
    return {"data": {"auditAccess": {"edges": [{"node": look}]}}}


def test_a_look_under_a_signed_checkpoint_is_proved():
    (line,) = proved(answer(), KEYS)
    assert line == "proved: the look of ann is leaf 1 of 2 in c360/log/audit/0"
    assert set(shortened(answer())["data"]["auditAccess"]["edges"][0]["node"]["proof"]) == {
        "index",
        "checkpoint",
    }


@pytest.mark.parametrize(
    ("forged", "code"),
    [
        ({"leaf": b"another"}, "PROOF_FALSE"),
        ({"index": 0}, "PROOF_FALSE"),
        ({"keys": OTHERS}, "NOTE_UNSIGNED"),
    ],
)
def test_a_forged_one_is_not(forged, code):
    with pytest.raises(Invalid) as refused:
        list(proved(answer(**forged), KEYS))
    assert refused.value.code == code
