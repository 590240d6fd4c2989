"""What the gateway costs: an inference server asked directly, through Debian's nginx and through our gateway."""
