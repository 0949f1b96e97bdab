"""The values of a relay: messages and receipts, and what its server holds."""
