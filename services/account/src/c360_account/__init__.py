"""For whom? Accounts are subjects of their own; who belongs to them is the image of links."""
