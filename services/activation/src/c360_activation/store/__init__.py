"""What is to be sent and what was: the port and its adapter."""
