"""Who is this? Pure functions of the evidence; no store, no log, no clock."""
