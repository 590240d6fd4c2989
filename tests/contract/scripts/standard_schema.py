"""@input_schema with plain Python types, a default, and an output schema."""

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

SCORES, DETAILS = [1.0], {"key": "default"}


def init():
    """Load nothing."""


@input_schema("name", StandardPythonParameterType("a name"))
@input_schema("count", StandardPythonParameterType(3))
@input_schema("scores", StandardPythonParameterType([0.5, 1.5]))
@input_schema("details", StandardPythonParameterType({"key": "value", "nested": {"n": 1}}))
@output_schema(StandardPythonParameterType({"greeting": "hello", "total": 1.5}))
def run(name, count, scores=SCORES, details=DETAILS):
    """Give back what came."""
    return {"name": name, "count": count, "scores": scores, "details": details}
