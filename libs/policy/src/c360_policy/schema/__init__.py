"""What a schema and a catalog say of the coordinates that a policy is about."""
