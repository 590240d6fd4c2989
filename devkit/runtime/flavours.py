"""What answers a deployment's requests: a scoring script, an MLflow model, Triton, or a container of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devkit.assets.layout import misplaced
from devkit.assets.listing import files_of
from devkit.runtime.plan import Flavour, Route, Routes
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from devkit.runtime.stored import StoredAssets, StoredModel
    from devkit.spec.documents import environment
    from devkit.spec.rest import Deployment

__all__ = ["ResolveError", "flavour_of", "routes_of"]

TRITON_ROUTES: Final = Routes(Route(8000, "/"), Route(8000, "/v2/health/live"), Route(8000, "/v2/health/ready"))
"""Triton's HTTP port and health paths; clients append their own path to the scoring URI (azureml-examples, 2026-07)."""
_HAS_FILES_RULE: Final = ("mlflow_model", "triton_model")


class ResolveError(CannotRunError):
    """A deployment that cannot be run as it is written: what is wrong and why, and what to do.

    Attributes:
        path: the key of the document that it is about, with dots.
        remedy: what to do, one sentence.
    """

    def __init__(self, path: str, message: str, remedy: str) -> None:
        super().__init__(f"{path}: {message}. {remedy}", code="BadArgument")
        self.path = path
        self.remedy = remedy


def flavour_of(deployment: Deployment, assets: StoredAssets) -> Flavour:
    """What answers the requests of a deployment.

    Raises:
        ResolveError: nothing does, or a model without code is not laid out for its server.
    """
    if _routes(assets) not in (None, Routes()):
        return Flavour.CUSTOM
    if deployment.code_configuration is not None:
        return Flavour.SCRIPT
    if _routes(assets) is not None:
        return Flavour.CUSTOM
    model = assets.model
    kind = model.document.type if model is not None else None
    if model is None or kind not in _HAS_FILES_RULE:
        raise ResolveError(
            "code_configuration",
            "nothing answers requests: there is no code, the model is neither an MLflow nor a Triton model, and the "
            "environment has no inference_config",
            "Add code_configuration, set the model's type, or tell the routes of the container's own server.",
        )
    _check_files(model)
    return Flavour.MLFLOW if kind == "mlflow_model" else Flavour.TRITON


def routes_of(flavour: Flavour, assets: StoredAssets) -> Routes:
    """How an instance is asked."""
    return _routes(assets) or (TRITON_ROUTES if flavour is Flavour.TRITON else Routes())


def _check_files(model: StoredModel) -> None:
    kind = model.document.type
    if kind is None or kind == "custom_model":
        return
    files = files_of(model.source) if model.source.is_dir() else {}
    wrong = misplaced(kind, files)
    if wrong is not None:
        raise ResolveError("model", f"{model.name}:{model.version} is no {kind}: {wrong[0]}", wrong[1])


def _routes(assets: StoredAssets) -> Routes | None:
    """The routes that the environment tells, or None where it has no inference_config."""
    config = assets.environment.document.inference_config if assets.environment is not None else None
    if config is None:
        return None
    scoring, liveness, readiness = (
        _route(each) for each in (config.scoring_route, config.liveness_route, config.readiness_route)
    )
    if scoring is None or liveness is None or readiness is None:
        raise ResolveError(
            "environment.inference_config",
            "a route is missing, or has no port or path",
            "Give liveness_route, readiness_route and scoring_route, each with port and path.",
        )
    return Routes(scoring, liveness, readiness)


def _route(given: environment.Route | None) -> Route | None:
    if given is None or given.port is None or given.path is None:
        return None
    return Route(given.port, given.path)
