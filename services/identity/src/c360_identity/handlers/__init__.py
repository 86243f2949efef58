"""The log in: folds records, events and decisions into the evidence graph."""
