"""What is done to access itself: roles opened and reviewed, tokens revoked and turned back."""
