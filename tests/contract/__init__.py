"""The contract with Azure ML's own server, as data: what is asked, and what azmlinfsrv answered."""
