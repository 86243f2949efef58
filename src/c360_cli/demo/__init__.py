"""The demonstration: a small world, four questions, four roles, and who saw the phone."""
