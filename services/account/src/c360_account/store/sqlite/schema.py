"""Tables of the SQLite adapter.

`said` keeps what may still hold of what sources said, a row for each content of a revision.
`record.id` is the id of the account that the record is the oldest one of, and once given it is
found for ever. A link is kept by both of its ends. `event` and `customer` have what computed traits
of accounts read of persons, in JSON. `record.comes_to` is, with the oldest record of an account,
what was told of what that comes to.
"""

FORMAT = 4
SCHEMA = """
CREATE TABLE IF NOT EXISTS said(
  kind TEXT NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, own INTEGER NOT NULL,
  number INTEGER NOT NULL, content TEXT NOT NULL, stamp TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(kind, source, key, own, number, content)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS record(
  id TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, age TEXT NOT NULL,
  stamp TEXT NOT NULL, content TEXT NOT NULL, data BLOB NOT NULL, live INTEGER NOT NULL,
  account TEXT, version INTEGER NOT NULL, parent_source TEXT, parent_key TEXT,
  comes_to TEXT NOT NULL,
  UNIQUE(source, key)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS record_account ON record(account) WHERE account IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_parent ON record(parent_source, parent_key)
  WHERE parent_source IS NOT NULL;
CREATE TABLE IF NOT EXISTS carried(
  source TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
  first_seen TEXT NOT NULL, since INTEGER NOT NULL, active INTEGER NOT NULL,
  PRIMARY KEY(source, key, type, value)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS carried_value ON carried(type, value, source, key) WHERE active;
CREATE TABLE IF NOT EXISTS link(
  source TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL, data BLOB NOT NULL,
  person_source TEXT NOT NULL, person_key TEXT NOT NULL,
  account_source TEXT NOT NULL, account_key TEXT NOT NULL,
  PRIMARY KEY(source, key)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS link_person ON link(person_source, person_key);
CREATE INDEX IF NOT EXISTS link_account ON link(account_source, account_key);
CREATE TABLE IF NOT EXISTS person(
  source TEXT NOT NULL, key TEXT NOT NULL, customer TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL, PRIMARY KEY(source, key)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS person_customer ON person(customer) WHERE customer<>'';
CREATE TABLE IF NOT EXISTS event(
  source TEXT NOT NULL, message_id TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
  occurred_at INTEGER NOT NULL, stamp TEXT NOT NULL, properties TEXT NOT NULL,
  account_type TEXT, account_source TEXT, account TEXT,
  PRIMARY KEY(source, message_id)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS event_record ON event(source, key);
CREATE INDEX IF NOT EXISTS event_account ON event(account_type, account_source, account)
  WHERE account IS NOT NULL;
CREATE TABLE IF NOT EXISTS customer(
  id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, counter INTEGER NOT NULL,
  traits TEXT NOT NULL) WITHOUT ROWID, STRICT
"""
