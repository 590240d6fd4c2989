"""Endpoints as a user works with them: a YAML file is checked, its assets are registered, the resource is put."""
