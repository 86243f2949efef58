"""What leaves for others: which addresses may be reached, and how a message is signed."""
