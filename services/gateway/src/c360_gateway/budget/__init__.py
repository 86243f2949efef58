"""What one principal may take of this process, and what strangers may."""
