"""What is sent, what becomes of a try, and when the next one is due."""
