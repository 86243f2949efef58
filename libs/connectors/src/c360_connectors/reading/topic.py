"""`topic:`: a topic of Kafka that a source writes to."""

from __future__ import annotations

import re

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node

from c360_connectors.reading.scalars import required
from c360_connectors.receiving.topic import Topic
from c360_connectors.templates import is_secret_name

_KEYS = ("name", "brokers")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")


def topic_of(node: Node, what: str = "topic") -> Topic:
    """The whole section. Raises `MappingInvalid`."""
    parts = nodes.entries(node, what, _KEYS)
    name, brokers = (required(parts, key, node, what) for key in _KEYS)
    if not _NAME.fullmatch(nodes.text(name, f"{what}.name")):
        message = f"{what}.name is made of letters, digits, '.', '_' and '-'"
        raise MappingInvalid(nodes.line_of(name), message)
    if not is_secret_name(nodes.text(brokers, f"{what}.brokers")):
        message = f"{what}.brokers names the secret that says where the brokers are"
        raise MappingInvalid(nodes.line_of(brokers), message)
    return Topic(nodes.text(name, what), nodes.text(brokers, what))
