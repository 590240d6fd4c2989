"""The Docker engine and the image that the Docker tests run on."""
