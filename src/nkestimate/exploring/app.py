"""The server of the page: loopback only, a token in the address, Host and Origin checked, nothing written and nothing fetched."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from nkestimate.errors import CaseError, NKEstimateError
from nkestimate.exploring.answers import BadRequestError, Explorer, SavedSinceError, State, shown_faults

LOOPBACK = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
_FILES = {"": ("index.html", "text/html"), "explore.css": ("explore.css", "text/css"), "explore.js": ("explore.js", "text/javascript")}
_MOST_BYTES = 100_000  # of what a page sends
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
                               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
}


def app_of(explorer: Explorer, token: str, port: int, tell: Callable[[str], None] = lambda _: None) -> Starlette:
    """Return the application.

    Parameters
    ----------
    explorer : Explorer
    token : str
        The first part of every path that is answered.
    port : int
        The one it is served at.
    tell : callable
        Is told in a line what went wrong with a request that should have been answered.
    """
    hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}

    async def serve(request: Request) -> Response:
        refused = _refused(request, token, hosts)
        response = refused if refused is not None else await _answered(request, explorer, tell)
        response.headers.update(_HEADERS)
        return response

    return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "POST"])])


def _refused(request: Request, token: str, hosts: set[str]) -> Response | None:
    """Return a refusal where a request is not from the page that this server gave out."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if host not in hosts:
        return PlainTextResponse("This is not the host that the page was served at.", 403)
    if origin is not None and origin != f"http://{host}":
        return PlainTextResponse("This is another page's request.", 403)
    sent = request.path_params["path"].split("/", 1)[0]
    if not secrets.compare_digest(sent.encode(), token.encode()):
        return PlainTextResponse("The address lacks its token: take it from the terminal, whole.", 403)
    return None


async def _answered(request: Request, explorer: Explorer, tell: Callable[[str], None]) -> Response:
    _, slash, name = request.path_params["path"].partition("/")
    if request.method == "GET":
        if not slash:  # the page's files are found beside it
            return RedirectResponse(f"{request.url.path}/", 307)
        if name not in _FILES:
            return PlainTextResponse("There is nothing here.", 404)
        file, kind = _FILES[name]
        return Response((PAGE / file).read_bytes(), media_type=kind)
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        return PlainTextResponse("JSON was expected.", 415)
    try:
        sent = json.loads(await _body(request))
    except (ValueError, RecursionError):
        return PlainTextResponse("JSON was expected.", 400)
    if not isinstance(sent, dict):
        return PlainTextResponse("An object was expected.", 400)
    return await anyio.to_thread.run_sync(_reply, explorer, name, sent, tell, abandon_on_cancel=True)


async def _body(request: Request) -> bytes:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > _MOST_BYTES:
            raise ValueError("too long")
    return found


def _reply(explorer: Explorer, name: str, sent: Mapping[str, Any], tell: Callable[[str], None]) -> Response:
    """Answer what a page asks; what is wrong with a case is an answer too."""
    try:
        return JSONResponse(_asked(explorer, name, sent))
    except BadRequestError as error:
        return PlainTextResponse(f"{error}.".capitalize(), 400)
    except SavedSinceError as error:
        return JSONResponse({"saved": str(error)})
    except CaseError as error:
        return JSONResponse({"faults": shown_faults(error.faults)})
    except NKEstimateError as error:
        return JSONResponse({"faults": [str(error)]})
    except Exception as error:  # whatever it is, the page goes on with the last good answer
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        tell(f"A request of the page failed ({name}): {said}")
        return JSONResponse({"faults": [f"This could not be computed ({said})."]})


def _asked(explorer: Explorer, name: str, sent: Mapping[str, Any]) -> Any:
    if name == "case":
        scenario = sent.get("scenario")
        if scenario is not None and not isinstance(scenario, str):
            raise BadRequestError("the name of a scenario was expected")
        return explorer.case(scenario)
    if name == "answer":
        return explorer.answer(State.of(sent.get("state")))
    if name == "rough":
        return explorer.rough(State.of(sent.get("state")), State.of(sent.get("last")))
    if name == "prior":
        return explorer.prior(State.of(sent.get("state")), sent.get("quantity"))
    if name == "yaml":
        return explorer.yaml(State.of(sent.get("state")))
    raise BadRequestError("nothing of that name is answered")


# ------------------------------------------------------------ serving


def serve(path: Path, seed: int, port: int, ready: Callable[[str], None], tell: Callable[[str], None]) -> None:
    """Serve a case's page until Ctrl-C.

    Parameters
    ----------
    path : Path
    seed : int
    port : int
        0 for one that is free.
    ready : callable
        Is told the page's address once it is served.
    tell : callable
        Is told in a line what goes wrong.

    Raises
    ------
    OSError
        If the port is taken.
    """
    explorer, token = Explorer(path, seed), secrets.token_urlsafe(24)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        address = listening.getsockname()[1]
        server = _Server(uvicorn.Config(app_of(explorer, token, address, tell), log_level="critical", access_log=False, lifespan="off",
                                        server_header=False, timeout_graceful_shutdown=1, ws="none"))
        server.ready = lambda: ready(f"http://{LOOPBACK}:{address}/{token}/")
        threading.Thread(target=explorer.warm).start()
        try:
            server.run(sockets=[listening])
        finally:
            explorer.end()


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets=sockets)
        self.ready()


__all__ = ["app_of", "serve"]
