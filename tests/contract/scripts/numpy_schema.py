"""@input_schema with a numpy array."""

import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    """Load nothing."""


@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0, 3.0]]), enforce_shape=True))
@output_schema(NumpyParameterType(np.array([6.0])))
def run(data):
    """Add up the rows, and tell what came."""
    return {"sum": data.sum(axis=1).tolist(), "type": type(data).__name__, "dtype": str(data.dtype)}
