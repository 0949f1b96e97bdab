"""One send or many: which receivers are called, why, and what each of them did."""
