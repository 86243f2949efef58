"""What is done to projections from outside: filled, rebuilt, mended, copied, counted."""
