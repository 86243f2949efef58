"""The `c360` command and the all-in-one process: the one place that knows every service."""
