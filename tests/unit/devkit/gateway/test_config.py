from __future__ import annotations

from devkit.gateway.config import Authentication, GatewayConfig, digest_of_key


def test_a_configuration_holds_no_key_in_clear_text() -> None:
    """Whoever reads the file cannot call the endpoint with what it says."""
    config = GatewayConfig(
        endpoint="e", revision=1, port=9, authentication=Authentication(keys=(digest_of_key("secret"),))
    )
    text = config.model_dump_json()
    assert "secret" not in text
    assert GatewayConfig.model_validate_json(text) == config
