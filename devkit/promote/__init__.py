"""Promotion: what was validated, and only that, goes to a backend that serves for real."""
