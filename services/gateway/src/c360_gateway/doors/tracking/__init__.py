"""Segment's HTTP tracking API, so that its clients send here by another host name."""
