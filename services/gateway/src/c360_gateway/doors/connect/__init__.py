"""What sources send by themselves: known by its signature, durable, and mapped by who runs it."""
