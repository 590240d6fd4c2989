"""Online endpoints: each key of the document and its place in the REST body."""

from __future__ import annotations

from typing import Final

from devkit.spec.rest.converters import BLOCK, IDENTITIES, REFERENCE, SAME, TEXTS, TRAFFIC, choice
from devkit.spec.rest.fields import Field, Table

__all__ = ["KUBERNETES_ENDPOINT", "MANAGED_ENDPOINT"]

ENABLED: Final = choice(enabled="Enabled", disabled="Disabled")
_IDENTITY_TYPE: Final = choice(system_assigned="SystemAssigned", user_assigned="UserAssigned", none="None")
_AUTH_MODE: Final = choice(key="Key", aml_token="AMLToken", aad_token="AADToken")  # noqa: S106 - names of modes

_SHARED: Final = (
    Field("description", "properties.description"),
    Field("tags", "tags", TEXTS),
    Field("properties", "properties.properties", TEXTS),
    Field("auth_mode", "properties.authMode", _AUTH_MODE, default="key"),
    Field("identity", "identity", BLOCK),
    Field("identity.type", "identity.type", _IDENTITY_TYPE, default="system_assigned"),
    Field("identity.user_assigned_identities", "identity.userAssignedIdentities", IDENTITIES),
    Field("identity.principal_id", "identity.principalId", read_only=True),
    Field("identity.tenant_id", "identity.tenantId", read_only=True),
    Field("traffic", "properties.traffic", TRAFFIC),
    Field("mirror_traffic", "properties.mirrorTraffic", TRAFFIC),
    Field("id", "id", read_only=True),
    Field("provisioning_state", "properties.provisioningState", read_only=True),
    Field("scoring_uri", "properties.scoringUri", read_only=True),
    Field("openapi_uri", "properties.swaggerUri", read_only=True),
    Field("location", "location", SAME, read_only=True),
)
_NOT_SENT: Final = {"name": "it is the last part of the resource's URL"}

MANAGED_ENDPOINT: Final = Table(
    (*_SHARED, Field("public_network_access", "properties.publicNetworkAccess", ENABLED)), _NOT_SENT
)
KUBERNETES_ENDPOINT: Final = Table((*_SHARED, Field("compute", "properties.compute", REFERENCE)), _NOT_SENT)
