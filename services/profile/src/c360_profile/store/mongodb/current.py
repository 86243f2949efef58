"""Which generation a store works on."""

from __future__ import annotations

from c360_kernel.mongodb import Client, Collection
from c360_kernel.projection import mongodb_generations
from c360_kernel.projection.mongodb_generations import Generations

from c360_profile.store.mongodb.connection import open_client
from c360_profile.store.mongodb.generation import Generation, generations_of
from c360_profile.store.mongodb.line import Breaks, Line

Current = mongodb_generations.Current[Generation]
Aside = mongodb_generations.Aside[Generation]
_ORIGIN = "origin"


def current_of(url: str) -> Current:
    """The live generation of a database. Raises `SettingsError`."""
    return Current(*_parts(url))


def aside_of(url: str) -> Aside:
    """An empty generation of a database. Raises `SettingsError`."""
    return Aside(*_parts(url))


def _parts(url: str) -> tuple[Client, Collection, Generations[Generation]]:
    breaks = Breaks()
    client = open_client(url, breaks)
    database = client.get_default_database()
    return client, database[_ORIGIN], generations_of(database, Line(client, breaks))
