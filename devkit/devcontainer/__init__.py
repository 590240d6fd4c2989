"""Dev containers: a deployment's production container, written down for an editor to live in."""
