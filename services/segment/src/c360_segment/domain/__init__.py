"""What a segment means: conditions, counters and who is a member. No store, no log."""
