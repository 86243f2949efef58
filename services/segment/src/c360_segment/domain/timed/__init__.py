"""Leaves that look at when things happened: they change while nothing happens."""
