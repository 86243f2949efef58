"""What a customer is to this service: records folded into one golden profile."""
