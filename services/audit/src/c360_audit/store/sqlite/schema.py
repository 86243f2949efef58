"""The tables of the audit log.

Many leaves have the same marks, so a set of marks is kept once, as a footprint. What is asked of a
customer is answered by `leaf_subject` alone, until the leaves themselves are read.
"""

from __future__ import annotations

FORMAT = 4
"""To be raised with every change of what the tables hold."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS leaf(
  number INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  principal TEXT NOT NULL, actor INTEGER NOT NULL, footprint INTEGER NOT NULL,
  times INTEGER NOT NULL, signs INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS leaf_at ON leaf(at, actor, times, signs);
CREATE INDEX IF NOT EXISTS leaf_principal ON leaf(principal, number, at);
CREATE INDEX IF NOT EXISTS leaf_footprint ON leaf(footprint, number, at, actor, times);
CREATE TABLE IF NOT EXISTS leaf_subject(
  subject TEXT NOT NULL, footprint INTEGER NOT NULL, number INTEGER NOT NULL,
  at INTEGER NOT NULL, actor INTEGER NOT NULL,
  PRIMARY KEY(subject, footprint, number)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS footprint(
  id INTEGER PRIMARY KEY, marks TEXT NOT NULL UNIQUE, last_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS footprint_mark(
  mark TEXT NOT NULL, footprint INTEGER NOT NULL,
  PRIMARY KEY(mark, footprint)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS actor(
  id INTEGER PRIMARY KEY, principal TEXT NOT NULL, roles TEXT NOT NULL,
  last_at INTEGER NOT NULL, UNIQUE(principal, roles)) STRICT
"""
