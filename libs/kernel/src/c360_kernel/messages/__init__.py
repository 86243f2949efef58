"""Payloads as Protobuf messages. Generated types stay in these modules."""
