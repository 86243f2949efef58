"""The tree against the RFC's vectors, its definition, and every pair of small sizes."""

from __future__ import annotations

import hashlib

import pytest
from c360_audit.domain.merkle.checking import is_beginning, is_included
from c360_audit.domain.merkle.hashing import EMPTY, leaf_hash
from c360_audit.domain.merkle.proving import consistency_plan, inclusion_plan, root_plan
from c360_audit.domain.merkle.tiles import SIZE, Edge, TileName, edge_of
from c360_audit.testing.memory_trees import root_of
from hypothesis import given
from hypothesis import strategies as st

INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
LEAVES = [leaf_hash(bytes.fromhex(one)) for one in INPUTS]
# Certificate Transparency's own.
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
PAIRS = [(before, size) for size in range(1, 9) for before in range(1, size + 1)]
OTHER = leaf_hash(b"forged")


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def tiles_of(leaves: list[bytes]) -> dict[TileName, bytes]:
    return dict(Edge(0, {}).grown(leaves).tiles)


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert Edge(0, {}).grown(LEAVES[:size]).root.hex() == ROOTS[size]
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_the_tree_of_nothing_is_the_hash_of_nothing() -> None:
    assert Edge(0, {}).root() == EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("index", "size"), [(b - 1, s) for b, s in PAIRS])
def test_each_leaf_of_a_small_tree_is_proved_and_no_other(index: int, size: int) -> None:
    tiles, root = tiles_of(LEAVES[:size]), root_of(LEAVES[:size])
    proof = inclusion_plan(index, size).proof(tiles)
    assert is_included(LEAVES[index], index, size, proof, root)
    assert not is_included(OTHER, index, size, proof, root)
    assert not is_included(LEAVES[index], index, size, [*proof, OTHER], root)
    assert not is_included(LEAVES[index], index, size, proof, OTHER)
    for at in range(len(proof)):
        assert not is_included(LEAVES[index], index, size, proof[:at] + proof[at + 1 :], root)
        forged = [*proof[:at], OTHER, *proof[at + 1 :]]
        assert not is_included(LEAVES[index], index, size, forged, root)
    for wrong in set(range(-1, size + 1)) - {index}:
        assert not is_included(LEAVES[index], wrong, size, proof, root)


@pytest.mark.parametrize(("before", "size"), PAIRS)
def test_each_beginning_of_a_small_tree_is_proved_and_no_other(before: int, size: int) -> None:
    tiles = tiles_of(LEAVES[:size])
    old, new = root_of(LEAVES[:before]), root_of(LEAVES[:size])
    proof = consistency_plan(before, size).proof(tiles)
    assert is_beginning(before, old, size, new, proof)
    assert not is_beginning(before, OTHER, size, new, proof)
    assert not is_beginning(before, old, size, OTHER, proof)
    assert not is_beginning(before, old, size, new, [*proof, OTHER])
    for at in range(len(proof)):
        assert not is_beginning(before, old, size, new, proof[:at] + proof[at + 1 :])
        forged = [*proof[:at], OTHER, *proof[at + 1 :]]
        assert not is_beginning(before, old, size, new, forged)


@given(st.integers(0, 700), st.integers(0, 700), st.integers(0, 700))
def test_a_tree_that_grew_in_parts_is_that_of_the_whole(first: int, second: int, at: int) -> None:
    size = first + second
    leaves = leaves_of(size)
    grown = Edge(0, {}).grown(leaves[:first])
    tiles = dict(grown.tiles)
    again = Edge(first, {name: tiles[name] for name in edge_of(first)}).grown(leaves[first:])
    tiles |= again.tiles
    assert (again.size, again.root) == (size, root_of(leaves))
    assert tiles == tiles_of(leaves)
    assert tuple(root_plan(size).proof(tiles)) == (again.root,)
    assert is_beginning(
        first, grown.root, size, again.root, consistency_plan(first, size).proof(tiles)
    )
    if size:
        index = at % size
        proof = inclusion_plan(index, size).proof(tiles)
        assert is_included(leaves[index], index, size, proof, again.root)
        assert not is_included(OTHER, index, size, proof, again.root)
        assert not is_included(leaves[index], (index + 1) % (size + 1), size, proof, again.root)


@given(st.integers(1, 700), st.integers(0, 50))
def test_an_edge_may_be_longer_than_the_tree_and_not_shorter(size: int, more: int) -> None:
    tiles = tiles_of(leaves_of(size + more))
    held = {name: tiles[name] for name in edge_of(size) if name in tiles}
    assert Edge(size, held).root() == root_of(leaves_of(size))
    for name in edge_of(size):
        with pytest.raises(KeyError):
            Edge(size, held | {name: held[name][: ((size >> 4 * name.level) % 16 - 1) * SIZE]})


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_plan(index, size)


@pytest.mark.parametrize(("before", "size"), [(-1, 3), (4, 3)])
def test_what_is_no_beginning_has_no_proof(before: int, size: int) -> None:
    with pytest.raises(ValueError, match="no beginning"):
        consistency_plan(before, size)


def test_a_proof_of_a_million_leaves_reads_few_tiles() -> None:
    for index in (0, 123_456, 999_999):
        assert len(inclusion_plan(index, 1_000_000).tiles) <= 10
    assert len(consistency_plan(123_456, 1_000_000).tiles) <= 14
