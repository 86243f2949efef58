"""`c360 audit who`: everybody who saw a customer's values, with what was shown, why, and proof."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import typer
from c360_audit.domain.access import About, Sight, sights
from c360_audit.domain.merkle.proof import InclusionProof
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_gateway.access.texts import PolicyVersions
from c360_kernel.errors import NotFound
from c360_kernel.payload import OperationAudited

from c360_cli.assembly import Instance
from c360_cli.auditing.act_fields import act_fields
from c360_cli.auditing.naming import names_of
from c360_cli.auditing.reading import OnRecord, as_fed, reading
from c360_cli.auditing.rule_texts import versions_in
from c360_cli.instants import shown_instant
from c360_cli.recording import by_operator
from c360_cli.trying.showing import print_json, print_table

_HEAD = ("at", "who", "roles", "purpose", "coordinate", "shown", "rules", "request", "proof")


@dataclass(frozen=True, slots=True)
class Look:
    """An operation that touched the customer, what it used, and the proof of it."""

    leaf: Leaf
    sights: Sequence[Sight]
    texts: dict[str, str | None]
    proof: InclusionProof | None

    @property
    def operation(self) -> OperationAudited:
        """What is on record."""
        return self.leaf.audited.operation

    def as_json(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return act_fields(self.leaf) | {
            "sights": [self._sight(one) for one in self.sights],
            "proof": None if self.proof is None else _proof(self.proof),
        }

    def _sight(self, one: Sight) -> dict[str, Any]:
        return {
            "coordinate": one.coordinate,
            "use": one.use,
            "shown": one.shown,
            "mask": one.mask or None,
            "tags": list(one.tags),
            "rules": [{"id": rule, "text": self.texts.get(rule)} for rule in one.rules],
            "values": one.count,
        }

    def rows(self) -> list[Sequence[str]]:
        """A line for each use."""
        operation = self.operation
        begin = (
            shown_instant(operation.at) or "",
            operation.principal,
            "+".join(operation.roles),
            operation.purpose,
        )
        end = operation.outcome, _place(self.proof)
        return [
            (*begin, one.coordinate, _shown(one), ", ".join(one.rules) or "none", *end)
            for one in self.sights
        ]


class Looks(NamedTuple):
    """What was found; and whether anything on record was ever about that, whoever the customer."""

    found: Sequence[Look]
    is_on_record: bool


async def who(instance: Instance, customer: str, about: About, since: int, most: int) -> Looks:
    """At most so many looks since a time (ms UTC), newest first.

    Raises `NotFound` (CUSTOMER_UNKNOWN) for an id that nobody has or had.
    """
    names, is_known = await names_of(instance, customer)
    is_there = is_known or not names or await _has_touched(instance, names)
    named = about.coordinate or (f"tag:{about.tag}" if about.tag else "")
    question = by_operator("audit_question", "who", coordinate=named, since=str(since))
    question = replace(question, subjects=tuple(sorted(names if is_there else ())))
    data = instance.directory.root
    async with reading(instance, question) as record, versions_in(data) as versions:
        if not is_there:
            raise NotFound("no customer has or had this id", code="CUSTOMER_UNKNOWN")
        # A query for no name would find everybody.
        query = about.query(names, since)
        found = await record.log.latest(query, None, most) if names else ()
        on_record = found or await record.log.latest(about.query(frozenset()), None, 1)
        looks = [await _look(record, one, about, versions) for one in found]
        return Looks(looks, bool(on_record))


def show(looks: Sequence[Look], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json({"accesses": [one.as_json() for one in looks]})
        return
    if rows := [row for one in looks for row in one.rows()]:
        print_table(_HEAD, rows)
    typer.echo(f"{len(looks)} operations")


async def _look(record: OnRecord, leaf: Leaf, about: About, versions: PolicyVersions) -> Look:
    operation = leaf.audited.operation
    found = list(sights(operation, about))
    rules = sorted({rule for one in found for rule in one.rules})
    texts = {rule: await versions.rule(operation.policy_version, rule) for rule in rules}
    try:
        proof = await record.proofs.proof_of_entry(leaf.audited.entry_id)
    except NotFound:
        proof = None
    return Look(leaf, found, texts, proof)


def _place(proof: InclusionProof | None) -> str:
    if proof is None:
        return "none yet"
    _, size, *_ = proof.checkpoint.split("\n")
    return f"leaf {proof.index} of {size}"


def _shown(one: Sight) -> str:
    return f"masked {one.mask}" if one.mask else one.shown


def _proof(proof: InclusionProof) -> dict[str, Any]:
    return {
        "index": proof.index,
        "leaf": base64.b64encode(proof.leaf).decode(),
        "hashes": [base64.b64encode(one).decode() for one in proof.hashes],
        "checkpoint": proof.checkpoint,
        "text": proof.text,
    }


async def _has_touched(instance: Instance, names: frozenset[str]) -> bool:
    """Whether anything was on record of them before the question itself is."""
    async with as_fed(instance) as record:
        return bool(await record.log.latest(AuditQuery(subjects=names), None, 1))
