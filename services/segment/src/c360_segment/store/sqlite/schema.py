"""Tables of the SQLite adapter.

Who is a member is said once, by `members`; the table `standing` keeps what a bitmap cannot:
the version last told of each (customer, segment). Properties of events are kept so that a catalog
that counts something new can be answered from the store alone. Events are numbered as they come; of
those whose chunk is in `event_chunk` the columns hold the same again, for what is asked of all
(`c360_segment.store.sqlite.keeping`). `owners` says again, of some hundred records in a row, whose
they are. `tally` holds the counters of a record by pattern, in one row: a batch moves many of them
at once. `newest` and `due` of a customer say how it was last looked at (`Looked`; NULL: it was
not). `link` has what may hold of a link, and whose records hold it (NULL: it is deleted);
`account_said` what may hold of the traits of an account's record; `account_record.comes_to` is told
with the oldest record of an account. Of
an `object` the last observed state is kept; an index over the properties of events by which it is
looked at comes and goes with the segments (`c360_segment.store.sqlite.objects`). `past` is what
profiles told of customers, of that whose past segments ask for. `history` is what
the topic `memberships` tells, whatever this store was made anew from, and `history_tail` what came
of it last, some of it perhaps twice.
"""

FORMAT = 12
SCHEMA = """
CREATE TABLE IF NOT EXISTS customer(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  epoch INTEGER, counter INTEGER, live INTEGER NOT NULL DEFAULT 0,
  traits TEXT NOT NULL DEFAULT '{}', newest INTEGER, due INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS record(
  number INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL,
  customer INTEGER, epoch INTEGER NOT NULL DEFAULT -1, counter INTEGER NOT NULL DEFAULT -1,
  UNIQUE(source, key)) STRICT;
CREATE INDEX IF NOT EXISTS record_customer ON record(customer);
CREATE TABLE IF NOT EXISTS tally(
  record INTEGER PRIMARY KEY, counts TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event(
  number INTEGER PRIMARY KEY, source TEXT NOT NULL, message_id TEXT NOT NULL, stamp TEXT NOT NULL,
  record INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, properties TEXT NOT NULL,
  UNIQUE(source, message_id)) STRICT;
CREATE INDEX IF NOT EXISTS event_record ON event(record, name);
CREATE TABLE IF NOT EXISTS event_chunk(
  chunk INTEGER PRIMARY KEY, newest TEXT NOT NULL, mark INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event_column(
  event TEXT NOT NULL, chunk INTEGER NOT NULL, part INTEGER NOT NULL, name TEXT NOT NULL,
  numbers BLOB NOT NULL, records BLOB NOT NULL, others BLOB NOT NULL, places BLOB NOT NULL,
  PRIMARY KEY(event, chunk, part, name)) STRICT;
CREATE TABLE IF NOT EXISTS owners(chunk INTEGER PRIMARY KEY, customers BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS object(
  type TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL, observed_at INTEGER NOT NULL,
  stamp TEXT NOT NULL, deleted INTEGER NOT NULL, properties TEXT NOT NULL,
  PRIMARY KEY(type, key)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS standing(
  customer INTEGER NOT NULL, segment TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL,
  PRIMARY KEY(customer, segment)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS members(
  segment TEXT NOT NULL, chunk INTEGER NOT NULL, numbers BLOB NOT NULL,
  PRIMARY KEY(segment, chunk)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS history(
  segment TEXT NOT NULL, at INTEGER NOT NULL, customer TEXT NOT NULL, epoch INTEGER NOT NULL,
  counter INTEGER NOT NULL, member INTEGER NOT NULL, reads TEXT NOT NULL,
  PRIMARY KEY(segment, at, customer, epoch, counter)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS history_customer ON history(customer, segment, epoch, counter);
CREATE TABLE IF NOT EXISTS history_tail(
  number INTEGER PRIMARY KEY, segment TEXT NOT NULL, at INTEGER NOT NULL, customer TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL, member INTEGER NOT NULL, reads TEXT NOT NULL)
  STRICT;
CREATE TABLE IF NOT EXISTS past(
  customer INTEGER NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL,
  at INTEGER NOT NULL, said TEXT NOT NULL, live INTEGER NOT NULL, successor TEXT NOT NULL,
  PRIMARY KEY(customer, epoch, counter)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS past_successor ON past(successor) WHERE successor<>'';
CREATE TABLE IF NOT EXISTS link(
  source TEXT NOT NULL, key TEXT NOT NULL, person INTEGER, account_source TEXT, account_key TEXT,
  said TEXT NOT NULL, PRIMARY KEY(source, key)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS link_person ON link(person);
CREATE INDEX IF NOT EXISTS link_account ON link(account_source, account_key, person);
CREATE TABLE IF NOT EXISTS account_record(
  source TEXT NOT NULL, key TEXT NOT NULL, account TEXT NOT NULL,
  epoch INTEGER NOT NULL, counter INTEGER NOT NULL, comes_to TEXT NOT NULL,
  PRIMARY KEY(source, key)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS account_record_of ON account_record(account) WHERE account<>'';
CREATE TABLE IF NOT EXISTS account_said(
  source TEXT NOT NULL, key TEXT NOT NULL, said TEXT NOT NULL,
  PRIMARY KEY(source, key)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS saved(
  name TEXT NOT NULL, version INTEGER NOT NULL, stamp TEXT NOT NULL, at INTEGER NOT NULL,
  title TEXT NOT NULL, description TEXT NOT NULL, condition TEXT NOT NULL, note TEXT NOT NULL,
  author TEXT NOT NULL, archived INTEGER NOT NULL,
  PRIMARY KEY(name, version)) WITHOUT ROWID, STRICT
"""
