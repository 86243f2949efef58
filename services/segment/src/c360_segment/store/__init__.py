"""The projection: what the service keeps, behind one port."""
