"""Who signs checkpoints: the keys of this instance, under the name of each tree."""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.errors import Invalid, Unusable
from c360_kernel.signed_note import verified
from c360_kernel.signing import SigningKeys

from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.tiles import Edge, Growth, TileName

STATEMENTS = "c360/audit"


def origin_of(log: str, partition: int) -> str:
    """The name of the tree over a partition of the topic `audit` of a log."""
    return f"c360/{log}/audit/{partition}" if log else f"c360/audit/{partition}"


class TreeSigner:
    """Signs what trees have become, and goes on from nothing that it has not signed.

    Equal trees have equal checkpoints: an Ed25519 signature follows from the key and the text.
    """

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def edge(
        self, log: str, partition: int, newest: str | None, tiles: Mapping[TileName, bytes]
    ) -> Edge:
        """The edge of a tree as its newest checkpoint says it, which the tiles have to agree with.

        Where there is none, there must be no tiles either.

        Raises `Unusable`: CHECKPOINT_KEY_UNKNOWN, or TREE_DAMAGED for a tree that is not what was
        signed. To sign what follows from it would make it true.
        """
        origin = origin_of(log, partition)
        if newest is None:
            if tiles:
                raise _damaged(origin)
            return Edge(0, {})
        checkpoint = self._believed(origin, newest)
        try:
            edge = Edge(checkpoint.size, tiles)
        except KeyError:
            edge = None
        if edge is None or checkpoint.origin != origin or edge.root() != checkpoint.root:
            raise _damaged(origin)
        return edge

    def checkpoint(self, log: str, partition: int, grown: Growth) -> str:
        """The signed checkpoint of a tree that has grown."""
        origin = origin_of(log, partition)
        return self._keys.signed(origin, Checkpoint(origin, grown.size, grown.root).text)

    def cut(self, origin: str, edge: Edge) -> str:
        """The signed checkpoint of a tree as it was, of which a larger one was signed."""
        return self._keys.signed(origin, Checkpoint(origin, edge.size, edge.root()).text)

    def statement(self, text: str) -> str:
        """Something else that this instance says, signed."""
        return self._keys.signed(STATEMENTS, text)

    def _believed(self, origin: str, note: str) -> Checkpoint:
        try:
            return Checkpoint.read(verified(note, self._keys.verifiers(origin)))
        except Invalid as error:
            if error.code != "NOTE_UNSIGNED":
                raise _damaged(origin) from error
            raise Unusable(
                f"the newest checkpoint of {origin} is signed with a key that is not held: put it"
                " back as audit.previous.key",
                code="CHECKPOINT_KEY_UNKNOWN",
            ) from error


def size_of(note: str) -> int:
    """The size that a checkpoint tells, whether or not it is true. Raises `Invalid`."""
    return Checkpoint.read(note.partition("\n\n")[0] + "\n").size


def _damaged(origin: str) -> Unusable:
    return Unusable(
        f"the tree of {origin} is not what was signed: `c360 audit verify` says where",
        code="TREE_DAMAGED",
    )
