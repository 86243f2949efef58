"""The log in: folds records, events, consents and assignments into golden profiles."""
