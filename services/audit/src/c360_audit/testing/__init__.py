"""The contract of `AuditLog`, and the in-memory model every adapter is compared with."""

from c360_audit.testing.contract import AuditLogContract
from c360_audit.testing.memory import MemoryAuditLog

__all__ = ["AuditLogContract", "MemoryAuditLog"]
