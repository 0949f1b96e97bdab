"""Past sends: record, read, filter, watch and replay them."""
