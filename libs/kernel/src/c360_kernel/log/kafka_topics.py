"""The topics on the brokers: created with the settings the log needs, refused with others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, TopicAlreadyExistsError, for_code

from c360_kernel.errors import SettingsError
from c360_kernel.log.kafka_place import SETTINGS, KafkaPlace
from c360_kernel.log.retention import Retention
from c360_kernel.log.size import MAX_ENTRY_BYTES
from c360_kernel.log.topics import FOR_EVER, HANDLED, LATEST, LIMITED, TOPICS

_LOOK_AGAIN_S = 0.05
# The log is the truth: nothing of it may ever age out of it or be compacted away.
_KEPT_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
# The greatest message that a topic takes, and how many brokers have to acknowledge it.
_GREATEST, _IN_SYNC = "max.message.bytes", "min.insync.replicas"
# What brokers allow unless told otherwise; said for each topic, since brokers may be told.
_MESSAGE_BYTES = 1_048_588
# A day after it was written, nobody has still to read what a later entry replaced.
_LAST_KEPT = {"cleanup.policy": "compact", "min.compaction.lag.ms": "86400000"}


async def ensure_topics(
    admin: AIOKafkaAdminClient, place: KafkaPlace, partitions: int, retention: Retention
) -> None:
    """Create the topics that are missing and check them all.

    Refused items alone are kept as long as `retention` says, or as their topic says that is there.
    Brokers cannot know what is handled: looks are kept for ever, unless their topic has a time of
    its own that is not shorter than `retention` says.

    Raises `SettingsError`: PARTITIONS_CHANGED for another partition count,
    TOPIC_SETTINGS for topics that may lose entries, or would refuse some of them.
    """
    kept = {
        (*FOR_EVER, *HANDLED): _KEPT_FOR_EVER,
        LIMITED: _kept(retention, partitions),
        LATEST: _LAST_KEPT,
    }
    for topics, settings in kept.items():
        names = [place.topic(topic) for topic in topics]
        await _create(admin, names, partitions, place.replicas, settings)
    await _create(admin, [place.topic(SETTINGS)], 1, place.replicas, _LAST_KEPT)
    await _led(admin, [place.topic(SETTINGS)])
    await check_topics(admin, place, partitions, retention)


async def ensure_lease(admin: AIOKafkaAdminClient, place: KafkaPlace, name: str) -> None:
    """Create the topic of a lease where it is missing. Raises as `ensure_topics`."""
    await _create(admin, [place.lease(name)], 1, place.replicas, _LAST_KEPT)
    await _led(admin, [place.lease(name)])


async def check_topics(
    admin: AIOKafkaAdminClient, place: KafkaPlace, partitions: int, retention: Retention
) -> None:
    """Wait until the topics are there and check them. Raises as `ensure_topics`."""
    names = [place.topic(topic) for topic in TOPICS]
    topics = await _led(admin, names)
    _refuse_other_counts({len(topic["partitions"]) for topic in topics}, partitions)
    held = await _settings(admin, names)
    for name in names:
        _refuse_small(name, held[name])
        _refuse_unsafe(name, held[name], place.replicas, _replicas(topics, name))
    for name in map(place.topic, FOR_EVER):
        _refuse_forgetful(name, held[name])
    for name in map(place.topic, HANDLED):
        _refuse_hasty(name, held[name], retention.audit_milliseconds)


async def bytes_kept(admin: AIOKafkaAdminClient, place: KafkaPlace, topic: str) -> int | None:
    """How many bytes a partition of this topic keeps; None for all that come."""
    name = place.topic(topic)
    most = int((await _settings(admin, [name]))[name]["retention.bytes"])
    return most if most >= 0 else None


def _kept(retention: Retention, partitions: int) -> Mapping[str, str]:
    held = str(retention.share(partitions))
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
    for _, code, *_ in await _asked_of_the_controller(admin, wanted):
        error = for_code(code)
        if error is InvalidReplicationFactorError:
            raise SettingsError(f"the log cannot have {replicas} replicas", code="TOPIC_SETTINGS")
        if code and error is not TopicAlreadyExistsError:
            raise error


async def _asked_of_the_controller(
    admin: AIOKafkaAdminClient, wanted: list[NewTopic]
) -> Iterable[Sequence[Any]]:
    """What it says of each topic. Waits while brokers choose one, as after one was away."""
    while True:
        try:
            response: Any = await admin.create_topics(wanted)
        except AttributeError as error:
            # The client asks for the node of a controller that there may not be.
            if error.name != "nodeId":
                raise
        else:
            return response.topic_errors
        await asyncio.sleep(_LOOK_AGAIN_S)


def _durability(replicas: int) -> dict[str, str]:
    """What an acknowledged entry survives: with one replica the disk has it, else two brokers."""
    fixed = {
        "message.timestamp.type": "LogAppendTime",  # a producer's clock cannot be refused
        _GREATEST: str(_MESSAGE_BYTES),
    }
    if replicas == 1:
        return {**fixed, "flush.messages": "1", _IN_SYNC: "1"}
    return {**fixed, _IN_SYNC: "2"}


async def _led(admin: AIOKafkaAdminClient, names: Sequence[str]) -> list[dict[str, Any]]:
    """What brokers say of these topics, once each partition has a leader."""
    while True:
        topics: list[dict[str, Any]] = await admin.describe_topics(list(names))
        if all(_is_led(topic) for topic in topics):
            return topics
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"])


def _refuse_other_counts(counts: Set[int], wanted: int) -> None:
    others = sorted(counts - {wanted})
    if len(counts) > 1:
        numbers = " and ".join(map(str, sorted(counts)))
        raise SettingsError(
            f"topics of this log have {numbers} partitions: some were given more, and no setting"
            " fits; restore them from their mirror",
            code="PARTITIONS_CHANGED",
        )
    if others:
        raise SettingsError(
            f"this log has {others[0]} partitions, the settings say {wanted}",
            code="PARTITIONS_CHANGED",
        )


def _replicas(topics: Iterable[Mapping[str, Any]], name: str) -> int:
    """How many replicas each partition of this topic has at least."""
    return min(
        len(p["replicas"]) for one in topics if one["topic"] == name for p in one["partitions"]
    )


async def _settings(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """The settings of each topic that the log depends on."""
    names_read = dict.fromkeys((*_KEPT_FOR_EVER, _GREATEST, _IN_SYNC))
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, names_read) for name in names]
    responses: list[Any] = await admin.describe_configs(resources)
    held: dict[str, Mapping[str, str]] = {}
    for response in responses:
        for code, _, _, topic, entries in response.resources:
            if code:
                raise for_code(code)
            held[topic] = {name: value for name, value, *_ in entries}
    return held


def _refuse_forgetful(topic: str, held: Mapping[str, str]) -> None:
    for name, wanted in _KEPT_FOR_EVER.items():
        if held[name] != wanted:
            raise _unfit(topic, f"{name}={held[name]}", wanted)


def _refuse_hasty(topic: str, held: Mapping[str, str], kept_ms: int) -> None:
    """Refuse what loses entries before their time."""
    held_ms = int(held["retention.ms"])
    if 0 <= held_ms < kept_ms:
        raise _unfit(topic, f"retention.ms={held_ms}", f"-1, or {kept_ms} or more")
    _refuse_forgetful(topic, {**held, "retention.ms": "-1"})


def _refuse_small(topic: str, held: Mapping[str, str]) -> None:
    if int(held[_GREATEST]) < MAX_ENTRY_BYTES:
        raise _unfit(topic, f"{_GREATEST}={held[_GREATEST]}", f"{MAX_ENTRY_BYTES} or more")


def _refuse_unsafe(topic: str, held: Mapping[str, str], wanted: int, replicas: int) -> None:
    """Refuse fewer replicas than the settings say, and acknowledgements that lose or stop all."""
    if replicas < wanted:
        raise _unfit(topic, f"{replicas} replicas", f"{wanted}")
    in_sync = int(held[_IN_SYNC])
    if in_sync > replicas:
        raise _unfit(topic, f"{_IN_SYNC}={in_sync} with {replicas} replicas", f"{replicas} or less")
    if wanted > 1 and in_sync < 2:
        raise _unfit(topic, f"{_IN_SYNC}={in_sync}", "2 or more")


def _unfit(topic: str, held: str, needed: str) -> SettingsError:
    return SettingsError(f"topic {topic} has {held}, the log needs {needed}", code="TOPIC_SETTINGS")
