"""A seeded world of customers: five systems, their errors, and the truth about them."""

from c360_cli.generate.files import write_world
from c360_cli.generate.making import generate_world
from c360_cli.generate.world import World

__all__ = ["World", "generate_world", "write_world"]
