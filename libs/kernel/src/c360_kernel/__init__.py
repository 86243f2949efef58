"""What every Customer 360 service shares: the log, stamps, the catalog, errors and caller context."""
