"""The tables of the audit log.

Many leaves use the same coordinates, so a set of coordinates is kept once, as a footprint.
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS leaf(
  number INTEGER PRIMARY KEY, entry TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  principal TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS leaf_at ON leaf(at);
CREATE INDEX IF NOT EXISTS leaf_principal ON leaf(principal, number);
CREATE TABLE IF NOT EXISTS leaf_subject(
  subject TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(subject, number)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS footprint(
  id INTEGER PRIMARY KEY, coordinates TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS footprint_coordinate(
  coordinate TEXT NOT NULL, footprint INTEGER NOT NULL,
  PRIMARY KEY(coordinate, footprint)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS leaf_footprint(
  number INTEGER PRIMARY KEY, footprint INTEGER NOT NULL) STRICT
"""
