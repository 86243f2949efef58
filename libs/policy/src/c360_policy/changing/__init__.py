"""How a policy is changed: proposed by one, approved by another, put into force."""
