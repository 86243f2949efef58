"""The topics on the brokers: created with the settings the log needs, refused with others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, TopicAlreadyExistsError, for_code

from c360_kernel.errors import SettingsError
from c360_kernel.log.entry import QUARANTINE, TOPICS
from c360_kernel.log.kafka_place import KafkaPlace
from c360_kernel.log.retention import Retention

_LOOK_AGAIN_S = 0.05
# The log is the truth: nothing of it may ever age out of it or be compacted away.
_KEPT_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


async def ensure_topics(
    admin: AIOKafkaAdminClient, place: KafkaPlace, partitions: int, retention: Retention
) -> None:
    """Create the topics that are missing and check them all.

    Refused items alone are kept as long as `retention` says, or as their topic says that is there.


    Raises `SettingsError`: PARTITIONS_CHANGED for another partition count,
    TOPIC_SETTINGS for topics that may lose entries.
    """
    names = [place.topic(topic) for topic in TOPICS]
    passing = place.topic(QUARANTINE)
    lasting = [name for name in names if name != passing]
    await _create(admin, lasting, partitions, place.replicas, _KEPT_FOR_EVER)
    await _create(admin, [passing], partitions, place.replicas, _kept(retention, partitions))
    _refuse_other_counts(await _partition_counts(admin, names), partitions)
    await _refuse_forgetful(admin, lasting)


def _kept(retention: Retention, partitions: int) -> Mapping[str, str]:
    held = str(retention.max_bytes // partitions)
    kept_ms = str(retention.milliseconds)
    return {"cleanup.policy": "delete", "retention.ms": kept_ms, "retention.bytes": held}


async def _create(
    admin: AIOKafkaAdminClient,
    names: Sequence[str],
    partitions: int,
    replicas: int,
    kept: Mapping[str, str],
) -> None:
    settings = {**kept, **_durability(replicas)}
    wanted = [NewTopic(name, partitions, replicas, topic_configs=settings) for name in names]
    response: Any = await admin.create_topics(wanted)
    for _, code, *_ in response.topic_errors:
        error = for_code(code)
        if error is InvalidReplicationFactorError:
            raise SettingsError(f"the log cannot have {replicas} replicas", code="TOPIC_SETTINGS")
        if code and error is not TopicAlreadyExistsError:
            raise error


def _durability(replicas: int) -> dict[str, str]:
    """What an acknowledged entry survives: with one replica the disk has it, else two brokers."""
    clock = {"message.timestamp.type": "LogAppendTime"}  # a producer's clock cannot be refused
    if replicas == 1:
        return {**clock, "flush.messages": "1"}
    return {**clock, "min.insync.replicas": "2"}


async def _partition_counts(admin: AIOKafkaAdminClient, names: Sequence[str]) -> Mapping[str, int]:
    """Partitions per topic, once each has a leader."""
    while True:
        topics: list[dict[str, Any]] = await admin.describe_topics(list(names))
        if all(_is_led(topic) for topic in topics):
            return {topic["topic"]: len(topic["partitions"]) for topic in topics}
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"])


def _refuse_other_counts(counts: Mapping[str, int], wanted: int) -> None:
    others = sorted(set(counts.values()) - {wanted})
    if others:
        raise SettingsError(
            f"this log has {others[0]} partitions, the settings say {wanted}",
            code="PARTITIONS_CHANGED",
        )


async def _refuse_forgetful(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_KEPT_FOR_EVER))
        for name in names
    ]
    responses: list[Any] = await admin.describe_configs(asked)
    for response in responses:
        for code, _, _, topic, entries in response.resources:
            if code:
                raise for_code(code)
            _refuse_settings(topic, {name: value for name, value, *_ in entries})


def _refuse_settings(topic: str, held: Mapping[str, str]) -> None:
    for name, wanted in _KEPT_FOR_EVER.items():
        if held[name] != wanted:
            raise SettingsError(
                f"topic {topic} has {name}={held[name]}, the log needs {wanted}",
                code="TOPIC_SETTINGS",
            )
