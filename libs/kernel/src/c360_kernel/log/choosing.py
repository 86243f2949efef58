"""Which log the settings name: the only place that knows all its adapters."""

from __future__ import annotations

from c360_kernel.errors import SettingsError
from c360_kernel.log.naming_keys import NO_KEYS, HeldKeys
from c360_kernel.log.port import EventLog
from c360_kernel.log.retention import Retention
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.settings import Settings

_KAFKA = ("kafka://", "kafka+s://")


def open_log(settings: Settings, instance: str = "", keys: HeldKeys = NO_KEYS) -> EventLog:
    """The log for the event loop that asks; `instance` is what `Origin` says of it.

    `keys` are those that this process holds. Raises `SettingsError` (LOG_UNKNOWN, LOG_URL_INVALID,
    PARTITIONS_CHANGED, LOG_FOREIGN, KEY_MISSING, KEY_REPLACED).
    """
    retention = Retention(
        settings.quarantine_days, settings.quarantine_max_bytes, settings.audit_days
    )
    if settings.log is None:
        directory = settings.data / "log"
        partitions, most = settings.log_partitions, settings.log_max_bytes
        return SqliteLog(directory, partitions, most, retention, instance, keys)
    if settings.log.startswith(_KAFKA):
        return _open_kafka(settings.log, settings.log_partitions, retention, instance, keys)
    raise SettingsError(
        "C360_LOG must be kafka://host:port, kafka+s://host:port, or unset", code="LOG_UNKNOWN"
    )


def _open_kafka(
    url: str, partitions: int, retention: Retention, instance: str, keys: HeldKeys
) -> EventLog:
    # The client takes a third of a second to import, and the embedded log needs none of it.
    from c360_kernel.log.kafka import KafkaLog  # noqa: PLC0415
    from c360_kernel.log.kafka_place import parse_kafka_url  # noqa: PLC0415

    place = parse_kafka_url(url)
    return KafkaLog(place, partitions, retention=retention, instance=instance, keys=keys)
