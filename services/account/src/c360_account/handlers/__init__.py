"""The log in: account records, links, and whose the records of persons are."""
