"""The audit log in MongoDB. Imported only where a setting names one."""

from c360_audit.store.mongodb.store import MongoAuditLog, check_url

__all__ = ["MongoAuditLog", "check_url"]
