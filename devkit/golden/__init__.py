"""Golden requests: recorded, replayed, compared."""
