"""The front of an endpoint, as the managed service has it: keys, traffic, mirror, limits. A process of its own."""
