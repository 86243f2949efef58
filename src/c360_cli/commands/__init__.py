"""The subcommands of `c360`, by what they are about."""
