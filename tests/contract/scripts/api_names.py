"""The names of azureml_inference_server_http.api, in place of azureml.contrib.services."""

from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse


def init():
    """Load nothing."""


@rawhttp
def run(request):
    """Answer text."""
    return AMLResponse(f"{request.method} {AMLRequest.__name__}", 200, {"x-own": "yes"})
