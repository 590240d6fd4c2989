"""@input_schema with a pandas frame."""

import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    """Load nothing."""


@input_schema("data", PandasParameterType(pd.DataFrame({"size": [1.5], "rooms": [3]})))
@input_schema("verbose", StandardPythonParameterType(True))
@output_schema(StandardPythonParameterType([1.5]))
def run(data, verbose=False):
    """Multiply the columns."""
    if verbose:
        return {"columns": list(data.columns), "rows": len(data)}
    return (data["size"] * data["rooms"]).tolist()
