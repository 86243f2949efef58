"""A long load and what an instance takes meanwhile."""
