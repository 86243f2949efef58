"""The last act: an auditor asks who saw the phone, and checks the proof of each look."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from c360_audit.domain.merkle.checking import is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_kernel.errors import Invalid
from c360_kernel.signed_note import verified
from c360_kernel.signing import SigningKeys

ROLE = "auditor"
TITLE = "Who saw this customer's phone, and can it be proved?"
LOOK_FOR = "Each look with the rule that decided, under a signed checkpoint; never a value."
QUERY = """query ($customer: ID!) {
  auditAccess(customer: $customer, coordinate: "Profile.phone", first: 5) {
    edges { node {
      at principal roles outcome
      sights { shown mask rules { id text } }
      proof { index leaf hashes checkpoint }
    } }
  }
}"""
_LONG = ("leaf", "hashes")

Json = Mapping[str, Any]


def looks_in(answer: Json) -> list[Json]:
    """The looks of an answer."""
    return [edge["node"] for edge in answer["data"]["auditAccess"]["edges"]]


def shortened(answer: Json) -> Json:
    """The answer without what only a program reads."""
    edges = [
        {"node": {**one, "proof": {k: v for k, v in one["proof"].items() if k not in _LONG}}}
        for one in looks_in(answer)
    ]
    return {"data": {"auditAccess": {"edges": edges}}}


def proved(answer: Json, keys: SigningKeys) -> Iterator[str]:
    """A line for each look that its proof holds. Raises `Invalid` (PROOF_FALSE) for one that does
    not, and for a checkpoint that no key of the instance has signed.
    """
    for look in looks_in(answer):
        proof = look["proof"]
        note = proof["checkpoint"]
        tree = Checkpoint.read(verified(note, keys.verifiers(note.partition("\n")[0])))
        hashes = [base64.b64decode(one) for one in proof["hashes"]]
        leaf = leaf_hash(base64.b64decode(proof["leaf"]))
        if not is_included(leaf, proof["index"], tree.size, hashes, tree.root):
            raise Invalid("a look is not in the tree that was signed", code="PROOF_FALSE")
        yield (
            f"proved: the look of {look['principal']} is leaf {proof['index']} of {tree.size} in"
            f" {tree.origin}"
        )
