"""An endpoint as Kubernetes manifests: rendered here, purely; written by `files`, applied by the target."""
