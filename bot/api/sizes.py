"""How long a request is, before any of it is read."""

from starlette.requests import Request


def fits(request: Request, most: int) -> bool:
    """It says how many bytes it has, and that they are no more than `most`.

    One that comes in chunks has as many as come, whatever else it says (RFC 9112, 6.3), so it never fits.
    """
    size = request.headers.get("content-length", "")
    return "transfer-encoding" not in request.headers and size.isdecimal() and int(size) <= most
