"""@rawhttp: the whole request, and any response."""

from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    """Load nothing."""


@rawhttp
def run(request):
    """Describe the request in full."""
    if request.args.get("answer") == "none":
        return None
    if request.args.get("answer") == "plain":
        return {"method": request.method}
    if request.args.get("answer") == "bytes":
        return AMLResponse(request.get_data(), 200, {"Content-Type": "application/octet-stream"})
    if request.args.get("answer") == "raise":
        raise ValueError("as told")
    if request.args.get("answer") == "bad json":
        return request.get_json()
    return AMLResponse(
        {
            "method": request.method,
            "path": request.path,
            "full_path": request.full_path,
            "url": request.url,
            "is AMLRequest": isinstance(request, AMLRequest),
            "type": type(request).__name__,
            "args": request.args.to_dict(flat=False),
            "form": request.form.to_dict(flat=False),
            "files": {name: [file.filename, file.read().decode("latin-1")] for name, file in request.files.items()},
            "data": request.data.decode("latin-1"),
            "json": request.get_json(silent=True),
            "content type": request.content_type,
            "content length": request.content_length,
            "mimetype": request.mimetype,
            "cookies": dict(request.cookies),
            "x-own": request.headers.get("X-Own"),
        },
        200,
        json_str=True,
    )
