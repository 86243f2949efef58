"""Making a customer's name in the audit mean nothing, for good."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey
from c360_kernel.subject_names import FILE, SubjectNames

from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, on_record


def forget(data: Path, customers: Sequence[str], records: Sequence[str]) -> int:
    """Destroy the keys of the names of these customers, and of those whose id is a record's.

    Records are written SOURCE/KEY. Returns how many names that were. Raises `Invalid`
    (RECORD_UNREADABLE).
    """
    ids = {*customers, *_ids_of(data, records)}
    with on_record(data, by_operator("subject_forgotten", names=str(len(ids)))):
        SubjectNames(data / "keys" / FILE, b"").forget(ids)
    return len(ids)


def _ids_of(data: Path, records: Sequence[str]) -> list[str]:
    if not records:
        return []
    # The image of another service has no identity.
    from c360_identity.bootstrap import id_key  # noqa: PLC0415
    from c360_kernel.evidence.seed_id import customer_ids  # noqa: PLC0415

    customer_id = customer_ids(id_key(DataDirectory(data).key("identity")))
    return [customer_id(_record(one)) for one in records]


def _record(text: str) -> RecordKey:
    source, slash, key = text.partition("/")
    if not slash or not source or not key:
        raise Invalid("a record is named SOURCE/KEY", code="RECORD_UNREADABLE")
    return RecordKey(source, key)
