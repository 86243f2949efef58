"""What is said of accounts, and what follows, as messages."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.values import (
    mode_of,
    put_identifiers,
    put_values,
    read_identifiers,
    read_named,
    read_record,
    read_values,
    read_version,
    scale_of,
    version_message,
)
from c360_kernel.payload import AccountAssigned, AccountLinked, AccountUpserted
from c360_kernel.record import RecordKey

_NOBODY = RecordKey("", "")


def _from_account(p: AccountUpserted) -> pb.AccountUpserted:
    parent = p.parent or _NOBODY
    message = pb.AccountUpserted(
        source=p.record.source,
        key=p.record.key,
        revision=p.revision,
        observed_at=p.observed_at,
        deleted=p.deleted,
        scale=scale_of(p.own),
        parent_source=parent.source,
        parent_key=parent.key,
        mode=mode_of(p.named),
        named=p.named,
    )
    put_identifiers(message.personal.identifiers, p.identifiers)
    put_values(message.personal.traits, p.traits)
    return message


def _to_account(m: pb.AccountUpserted) -> AccountUpserted:
    return AccountUpserted(
        read_record(m),
        m.revision,
        m.observed_at,
        m.deleted,
        read_identifiers(m.personal.identifiers),
        read_values(m.personal.traits),
        m.scale == pb.REVISION_SCALE_SOURCE,
        _record(m.parent_source, m.parent_key),
        read_named(m),
    )


def _from_link(p: AccountLinked) -> pb.AccountLinked:
    boss = p.reports_to or _NOBODY
    return pb.AccountLinked(
        source=p.link.source,
        key=p.link.key,
        person_source=p.person.source,
        person_key=p.person.key,
        account_source=p.account.source,
        account_key=p.account.key,
        kind=p.kind,
        reports_to_source=boss.source,
        reports_to_key=boss.key,
        primary=p.primary,
        valid_from=p.valid_from,
        valid_to=p.valid_to,
        revision=p.revision,
        observed_at=p.observed_at,
        scale=scale_of(p.own),
        deleted=p.deleted,
        personal=pb.AccountLinked.Personal(
            role=p.role, title=p.title, influence=p.influence, attitude=p.attitude
        ),
    )


def _to_link(m: pb.AccountLinked) -> AccountLinked:
    return AccountLinked(
        read_record(m),
        RecordKey(m.person_source, m.person_key),
        RecordKey(m.account_source, m.account_key),
        m.kind,
        m.revision,
        m.observed_at,
        m.personal.role,
        m.personal.title,
        m.personal.influence,
        m.personal.attitude,
        _record(m.reports_to_source, m.reports_to_key),
        m.primary,
        m.valid_from,
        m.valid_to,
        m.scale == pb.REVISION_SCALE_SOURCE,
        m.deleted,
    )


def _record(source: str, key: str) -> RecordKey | None:
    return RecordKey(source, key) if source else None


def _from_assignment(p: AccountAssigned) -> pb.AccountAssigned:
    version = version_message(p.version)
    message = pb.AccountAssigned(
        source=p.record.source, key=p.record.key, account=p.account, version=version
    )
    put_values(message.personal.comes_to, p.comes_to)
    return message


def _to_assignment(m: pb.AccountAssigned) -> AccountAssigned:
    comes_to = read_values(m.personal.comes_to)
    return AccountAssigned(read_record(m), m.account, read_version(m.version), comes_to)


ACCOUNT = Codec(pb.AccountUpserted, _from_account, _to_account)
LINK = Codec(pb.AccountLinked, _from_link, _to_link)
ASSIGNMENT = Codec(pb.AccountAssigned, _from_assignment, _to_assignment)
