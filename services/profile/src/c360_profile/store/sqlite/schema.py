"""The tables of the profile store, and the format that they are."""

from __future__ import annotations

from c360_profile.store.sqlite.accounts import ACCOUNT_SCHEMA
from c360_profile.store.sqlite.golden import GOLDEN_SCHEMA
from c360_profile.store.sqlite.quality import COUNTING_SCHEMA
from c360_profile.store.sqlite.sought import SOUGHT_SCHEMA

FORMAT = 21
SCHEMA = f"""{GOLDEN_SCHEMA}{SOUGHT_SCHEMA}{ACCOUNT_SCHEMA}{COUNTING_SCHEMA}
CREATE TABLE IF NOT EXISTS record(
  id TEXT PRIMARY KEY, edition INTEGER NOT NULL, customer TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL, former TEXT NOT NULL,
  number INTEGER, stamp TEXT, observed_at INTEGER, deleted INTEGER NOT NULL, traits TEXT,
  own INTEGER, content TEXT, named TEXT, consents TEXT NOT NULL, others TEXT NOT NULL,
  present INTEGER NOT NULL, tags TEXT NOT NULL, carried TEXT NOT NULL,
  judged TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS record_of_customer ON record(customer, deleted, id);
CREATE TABLE IF NOT EXISTS carried(
  type TEXT NOT NULL, value TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY(type, value, record)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS departure(
  customer TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY(customer, record))
  WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS revision(
  record TEXT NOT NULL, number INTEGER NOT NULL, stamp TEXT NOT NULL,
  observed_at INTEGER NOT NULL, deleted INTEGER NOT NULL, traits TEXT NOT NULL,
  own INTEGER NOT NULL, content TEXT NOT NULL, named TEXT,
  PRIMARY KEY(record, own, number, content)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS event(
  source TEXT NOT NULL, message_id TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
  occurred_at INTEGER NOT NULL, stamp TEXT NOT NULL, properties TEXT NOT NULL,
  PRIMARY KEY(source, message_id)) STRICT;
CREATE INDEX IF NOT EXISTS event_by_record ON event(record, occurred_at DESC, message_id, name);
CREATE INDEX IF NOT EXISTS event_by_name ON event(name, occurred_at, record);
CREATE TABLE IF NOT EXISTS answer(
  record TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL, said TEXT NOT NULL,
  PRIMARY KEY(record, name)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS tagging(
  record TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL, said TEXT NOT NULL,
  PRIMARY KEY(record, name)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS object(
  type TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL, observed_at INTEGER NOT NULL,
  stamp TEXT NOT NULL, deleted INTEGER NOT NULL, properties TEXT NOT NULL,
  PRIMARY KEY(type, key)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS customer(
  id TEXT PRIMARY KEY, counter INTEGER NOT NULL, ended INTEGER NOT NULL,
  successor TEXT NOT NULL, traits TEXT NOT NULL, left_out TEXT NOT NULL,
  consents TEXT NOT NULL, sources TEXT NOT NULL, tags TEXT NOT NULL) STRICT
"""
