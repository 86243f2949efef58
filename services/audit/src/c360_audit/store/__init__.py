"""Where the audit log is kept: the port and its adapters."""
