"""Objects: what is no person, what events refer to by its key, and what of it is seen there."""
