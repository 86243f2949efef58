"""Runs connectors: sources asked, deliveries taken, each at its own pace, and how far each is."""
