"""Two ways to run one WSGI application: worker processes for production, one process for development."""
