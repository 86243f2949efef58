"""One operation from its request to its audited answer."""
