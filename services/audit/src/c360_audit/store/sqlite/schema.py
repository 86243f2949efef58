"""The tables of the audit log.

Leaves are numbered as they come, and so many of them in a row are a block. What would be written
all over an index of everything is written into the part of it that is the newest block's: a
customer's leaves are looked for in each block. Of a footprint and of an actor only the blocks are
kept in which they were met, and the leaves of these are looked through.

Many leaves have the same marks, so a set of marks is kept once, as a footprint. A leaf is few
numbers, so that all can be counted quickly; what its entry says lies beside it, once.
"""

from __future__ import annotations

FORMAT = 5
"""To be raised with every change of what the tables hold."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS leaf(
  number INTEGER PRIMARY KEY, part INTEGER NOT NULL, off INTEGER NOT NULL, at INTEGER NOT NULL,
  actor INTEGER NOT NULL, footprint INTEGER NOT NULL, times INTEGER NOT NULL,
  signs INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS payload(
  number INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS leaf_subject(
  block INTEGER NOT NULL, subject TEXT NOT NULL, footprint INTEGER NOT NULL,
  number INTEGER NOT NULL, at INTEGER NOT NULL, actor INTEGER NOT NULL,
  PRIMARY KEY(block, subject, footprint, number)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS block(
  id INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS block_footprint(
  footprint INTEGER NOT NULL, block INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY(footprint, block)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS block_actor(
  actor INTEGER NOT NULL, block INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY(actor, block)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS footprint(
  id INTEGER PRIMARY KEY, marks TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS footprint_mark(
  mark TEXT NOT NULL, footprint INTEGER NOT NULL,
  PRIMARY KEY(mark, footprint)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS actor(
  id INTEGER PRIMARY KEY, principal TEXT NOT NULL, roles TEXT NOT NULL,
  UNIQUE(principal, roles)) STRICT
"""
