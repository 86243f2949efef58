"""The log in: folds events, profiles and assignments, and tells who entered and left."""
