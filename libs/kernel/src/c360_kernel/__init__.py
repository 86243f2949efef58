"""What every Customer 360 service shares: log, stamps, catalog, errors, caller context."""
