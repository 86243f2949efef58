"""Where destinations are: one file for each kind, which reads the settings that are its own."""
