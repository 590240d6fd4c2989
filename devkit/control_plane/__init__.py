"""The local control plane: endpoints and deployments kept in SQLite, driven over the Azure ML REST shapes."""
