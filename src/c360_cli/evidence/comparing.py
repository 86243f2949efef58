"""Customers compared on the files of an instance: with a solve of all, and with other rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from c360_identity.settings import IdentitySettings
from c360_identity.store.port import IdentityStore
from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.rules import Rules
from c360_kernel.projection.service import Service

from c360_cli.assembly import Instance
from c360_cli.evidence.dry_run import Changes, DryRun, compare, derive
from c360_cli.evidence.whole_solve import IdentityAudit, audit

if TYPE_CHECKING:
    from c360_identity.domain.matching.model import Model

_NAME = "identity"
_SHOWN = 20


async def audited(instance: Instance) -> IdentityAudit:
    """The live customers against a solve of all evidence."""
    store = _open(instance.service(_NAME))
    try:
        rules, model = Rules.of(instance.catalog.identifiers), _model(instance)
        return await audit(store, rules, model)
    finally:
        await store.close()


def _model(instance: Instance) -> Model | None:
    """The model of scored matching that the settings name."""
    settings = IdentitySettings(data=instance.directory.root)
    if not settings.compares:
        return None
    from c360_identity.domain.matching.model_file import model_of  # noqa: PLC0415 - needs more

    return model_of(settings.identity_model, instance.catalog)


async def tried(
    instance: Instance, catalog: Catalog, examples: int, model: str | None = None
) -> DryRun:
    """The live customers against those that a catalog, or a model, would make of the same log."""
    with TemporaryDirectory(prefix="c360-dry-run-") as directory:
        url = f"sqlite:///{Path(directory) / 'identity.db'}"
        given = {} if model is None else {"identity_model": model}
        service = replace(instance, catalog=catalog).service(_NAME, url, **given)
        live, other = _open(instance.service(_NAME)), _open(service)
        log = instance.open_log()
        try:
            await derive(log, service.handler, other)
            return await compare(live, other, Rules.of(catalog.identifiers), examples)
        finally:
            await log.close()
            await other.close()
            await live.close()


def audited_json(found: IdentityAudit) -> dict[str, object]:
    """The form that `--json` prints; identifiers are told by their type alone."""
    return {
        "equal": found.is_equal,
        "records": found.records,
        "customers": found.customers,
        "differences": [
            {"record": str(one.record), "live": _name(one.live), "solved": _name(one.solved)}
            for one in found.differences
        ],
        "refused": [{"record": str(key), "type": one.type} for key, one in found.refused],
        "generic": len(found.generic),
    }


def audited_lines(found: IdentityAudit) -> Iterator[str]:
    """The same for a person."""
    yield f"{found.records} records of {found.customers} customers compared"
    if found.is_equal:
        yield "they are what the evidence says"
        return
    for one in found.differences[:_SHOWN]:
        yield f"- {one.record} is with {one.live or 'nobody'}, not with {one.solved or 'nobody'}"
    differing = (len(found.differences), len(found.refused), len(found.generic))
    yield "differ: {} records, {} refused edges, {} generic identifiers".format(*differing)


def tried_json(found: DryRun) -> dict[str, object]:
    """The form that `--json` prints."""
    return {
        "records": found.records,
        "customers": {"before": found.before, "after": found.after},
        "merges": _changes_json(found.merges),
        "splits": _changes_json(found.splits),
    }


def tried_lines(found: DryRun) -> Iterator[str]:
    """The same for a person."""
    yield f"{found.records} records: {found.before} customers now, {found.after} then"
    yield from _change_lines("would come of several", found.merges)
    yield from _change_lines("would be several", found.splits)


def _changes_json(changes: Changes) -> dict[str, object]:
    examples = [
        {"customers": [list(map(str, group)) for group in one.groups], "why": list(one.why)}
        for one in changes.examples
    ]
    return {"count": changes.customers, "records": changes.records, "examples": examples}


def _change_lines(what: str, changes: Changes) -> Iterator[str]:
    yield f"{changes.customers} customers {what} ({changes.records} records)"
    for one in changes.examples:
        groups = " | ".join(" ".join(map(str, group)) for group in one.groups)
        yield f"- {groups}: {', '.join(one.why) or 'no longer connected'}"


def _name(record: object) -> str | None:
    return None if record is None else str(record)


def _open(service: Service) -> IdentityStore:
    return cast("IdentityStore", service.open_store())
