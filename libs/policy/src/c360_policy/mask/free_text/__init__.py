"""Personal data in text that people write: found, and taken out."""
