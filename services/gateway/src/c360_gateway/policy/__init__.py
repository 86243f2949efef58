"""Policy: written in Casbin's language, compiled to a table, never evaluated per field."""
