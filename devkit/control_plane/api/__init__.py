"""The control plane over HTTP: the Azure ML REST shapes, and a few paths of the kit's own below /devkit."""
