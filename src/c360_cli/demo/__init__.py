"""The demonstration: a small world, four questions, four roles."""
