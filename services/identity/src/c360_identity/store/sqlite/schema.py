"""The tables. Numbers name records and identifiers inside the file only."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS record(
  id INTEGER PRIMARY KEY, customer_id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL, key TEXT NOT NULL, age TEXT NOT NULL,
  live_revision INTEGER, live_stamp TEXT, deletion_revision INTEGER, deletion_stamp TEXT,
  content BLOB NOT NULL, seed INTEGER, version INTEGER NOT NULL, plain INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS record_seed ON record(seed);
CREATE TABLE IF NOT EXISTS identifier(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  holders INTEGER NOT NULL, generic INTEGER NOT NULL, anchored INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS edge(
  record INTEGER NOT NULL, identifier INTEGER NOT NULL, first_seen TEXT NOT NULL,
  stated INTEGER NOT NULL, events INTEGER NOT NULL, active INTEGER NOT NULL,
  refused INTEGER NOT NULL, PRIMARY KEY(record, identifier)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS edge_holder ON edge(identifier, first_seen) WHERE active = 1;
CREATE TABLE IF NOT EXISTS event(
  source TEXT NOT NULL, message_id TEXT NOT NULL, stamp TEXT NOT NULL,
  record INTEGER NOT NULL, identifiers TEXT NOT NULL,
  PRIMARY KEY(source, message_id)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS revision(
  record INTEGER NOT NULL, revision INTEGER NOT NULL, stamp TEXT NOT NULL,
  PRIMARY KEY(record, revision)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS decision(
  a TEXT NOT NULL, b TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
  stamp TEXT NOT NULL, undoes TEXT NOT NULL,
  PRIMARY KEY(a, b, id)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS decision_b ON decision(b);
CREATE TABLE IF NOT EXISTS receipt(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, entry_id TEXT NOT NULL UNIQUE,
  outcome TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS receipt_at ON receipt(at)
"""
