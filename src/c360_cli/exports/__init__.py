"""`c360 export`: customers taken out in bulk, through the gateway."""
