"""Draw receipts of listeners, and what a relay's server holds."""
