"""The documents that are online endpoints and deployments."""

from __future__ import annotations

from typing import TypeAlias

from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.documents.online_endpoint import KubernetesOnlineEndpoint, ManagedOnlineEndpoint

__all__ = ["Deployment", "Endpoint"]

Endpoint: TypeAlias = ManagedOnlineEndpoint | KubernetesOnlineEndpoint
Deployment: TypeAlias = ManagedOnlineDeployment | KubernetesOnlineDeployment
