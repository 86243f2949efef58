"""The proof that an entry stands in the log, in the graph."""

from __future__ import annotations

import base64
from typing import Self

import strawberry
from c360_kernel.errors import NotFound
from c360_kernel.subgraph.scalars import Long

from c360_audit.domain.merkle.proof import InclusionProof
from c360_audit.graph.arguments import TAG
from c360_audit.store.proofs import Proofs


@strawberry.federation.type(
    tags=[TAG],
    description="That an entry is in the log of a signed checkpoint (RFC 6962; C2SP tlog-proof).",
)
class AuditProof:
    """GraphQL type."""

    index: Long | None = strawberry.field(description="Which leaf of its tree it is, from 0.")
    leaf: str | None = strawberry.field(description="The bytes that the leaf is of, base64.")
    hashes: list[str] | None = strawberry.field(
        description="From the leaf's sibling up to the root's child, base64."
    )
    checkpoint: str | None = strawberry.field(
        description="The signed note: which tree, how many leaves, and its root."
    )
    text: str | None = strawberry.field(
        description="All of it as a file that verifiers of transparency logs read."
    )

    @classmethod
    def of(cls, proof: InclusionProof) -> Self:
        """The GraphQL form."""
        return cls(
            index=Long(proof.index),
            leaf=_base64(proof.leaf),
            hashes=[_base64(one) for one in proof.hashes],
            checkpoint=proof.checkpoint,
            text=proof.text,
        )


async def proof_of(entry_id: str, proofs: Proofs) -> AuditProof | None:
    """The proof of an entry, or nothing while no checkpoint covers it."""
    try:
        return AuditProof.of(await proofs.proof_of_entry(entry_id))
    except NotFound:
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
