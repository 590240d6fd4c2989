"""@input_schema beside the request's headers."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    """Load nothing."""


@input_schema("data", StandardPythonParameterType({"a": 1}))
def run(data, request_headers):
    """Give back both."""
    return [data, request_headers.get("X-Own")]
