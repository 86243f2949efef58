"""Tables of the SQLite adapter.

`destination.since` is where one begins in the log, as JSON of `[topic, partition, offset]`. `told`
is of whom a destination was told that has not ended since, and `held` what is known of the row
that it has, or is to have once it may. `first_load` says of a destination and a segment ("" for all
customers) how far the log was read for it (`at`) and is to be (`until`), each as `since`.
"""

FORMAT = 3
LACKING = (1, 2)
"""Formats that are this one without tables that were empty then."""
MEND = "move it away: a new one begins with what changes from then on"
SCHEMA = """
CREATE TABLE IF NOT EXISTS destination(
  name TEXT PRIMARY KEY, since TEXT NOT NULL, paused INTEGER NOT NULL,
  disabled TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS delivery(
  number INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, message TEXT NOT NULL,
  kind TEXT NOT NULL, customer TEXT NOT NULL, segment TEXT NOT NULL, at INTEGER NOT NULL,
  status TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, code TEXT NOT NULL,
  changed INTEGER NOT NULL, UNIQUE(destination, message)) STRICT;
CREATE TABLE IF NOT EXISTS told(
  destination TEXT NOT NULL, customer TEXT NOT NULL,
  PRIMARY KEY(destination, customer)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS held(
  destination TEXT NOT NULL, customer TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY(destination, customer)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS first_load(
  destination TEXT NOT NULL, segment TEXT NOT NULL, at TEXT NOT NULL, until TEXT NOT NULL,
  done INTEGER NOT NULL, PRIMARY KEY(destination, segment)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS delivery_listed ON delivery(destination, number);
CREATE INDEX IF NOT EXISTS delivery_customer ON delivery(destination, customer, number);
CREATE INDEX IF NOT EXISTS delivery_next ON delivery(destination, customer, number)
  WHERE status='waiting';
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery(destination, due, number)
  WHERE status='waiting';
CREATE INDEX IF NOT EXISTS delivery_over ON delivery(changed) WHERE status<>'waiting'
"""
