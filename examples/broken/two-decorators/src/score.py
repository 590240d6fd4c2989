"""A script without a mistake."""

import json

from azureml.contrib.services.aml_request import rawhttp
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema


def init():
    """Load nothing."""


@rawhttp
@input_schema("raw_data", StandardPythonParameterType({}))
def run(raw_data):
    """Give back what came."""
    return json.loads(raw_data)
