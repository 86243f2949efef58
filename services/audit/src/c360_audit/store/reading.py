"""What an entry of the topic `audit` says."""

from __future__ import annotations

from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT

from c360_audit.domain.operation import Audited


def read_audited(entry_id: str, data: bytes) -> Audited:
    """What an entry says; `Invalid` (PAYLOAD_MALFORMED) when it says nothing."""
    return Audited(entry_id, data, decode(AUDIT, data))
