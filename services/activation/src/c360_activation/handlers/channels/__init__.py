"""How destinations are told: one file for each kind, behind one port."""
