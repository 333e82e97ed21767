"""Which version runs: said in traces, in metrics and in the document of the API."""

from importlib import metadata


def version() -> str:
    """That of the package; `source` where it is run from its sources and was never installed."""
    try:
        return metadata.version("helpdesk-agent")
    except metadata.PackageNotFoundError:
        return "source"
