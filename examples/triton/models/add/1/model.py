"""A model of Triton's Python backend: the sum of two vectors."""

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """The class that the backend looks for."""

    def execute(self, requests):
        """One answer a request."""
        return [pb_utils.InferenceResponse(output_tensors=[self.add(request)]) for request in requests]

    @staticmethod
    def add(request):
        """A + B."""
        a, b = (pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in ("A", "B"))
        return pb_utils.Tensor("SUM", a + b)
