"""What a first start is asked to do, tried before it makes anything: a refusal leaves nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from c360_kernel.catalog import copy_default_catalog, load_catalog
from c360_kernel.log.choosing import open_log
from c360_kernel.settings import Settings

from c360_cli.assembly import Instance
from c360_cli.directory import DataDirectory
from c360_cli.topology import GATEWAY, SERVICES


def rehearse(data: Path) -> None:
    """Read every setting and address of a start, if its data directory is not there yet.

    Raises `SettingsError` as the start would.
    """
    if data.exists():
        return
    with TemporaryDirectory(prefix="c360-") as folder:
        directory = DataDirectory(Path(folder))
        catalog = load_catalog(copy_default_catalog(directory.root))
        instance = Instance(directory, Settings(data=directory.root), catalog)
        if instance.settings.log is not None:
            open_log(instance.settings)
        # An image may hold one service alone.
        with suppress(ImportError):
            GATEWAY.settings(data=directory.root)
        for spec in SERVICES:
            with suppress(ImportError):
                instance.service(spec.name)
