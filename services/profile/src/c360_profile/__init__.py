"""What do we know? Records folded into golden profiles, timelines and consents."""
