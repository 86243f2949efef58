"""Word lists that ship with the matching: readings, simplified forms, nicknames, abbreviations."""
