"""How good the data of each source is: counted record by record, kept up, and read by few rows."""
