"""A list of mixed types, which Swagger 2 cannot say."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    """Load nothing."""


@input_schema("data", StandardPythonParameterType([1, "two", 3.0]))
@output_schema(StandardPythonParameterType([1]))
def run(data):
    """Give back what came."""
    return data
