"""The audit log in MongoDB. Imported only where a setting names one."""

from c360_gateway.audit.store.mongodb.log import MongoAuditLog, MongoAuditUnit

__all__ = ["MongoAuditLog", "MongoAuditUnit"]
