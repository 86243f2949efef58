"""What goes in and out by the doors of a gateway, measured."""
