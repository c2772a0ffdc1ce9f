"""Events sent by OpenLineage's own client, as it is configured: environment, `openlineage.yml`, any of its transports.

Its errors are those of the HTTP library below it, and it logs at length; both are put into our words.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import RunEvent

from trakt.errors import OutputError, counted

_log = logging.getLogger("trakt.lineage")
_CHATTY = ("openlineage", "urllib3")
_AGAIN = "try again later; events that arrive twice count once"
_CONFIGURE = (
    "set OPENLINEAGE_URL to http://HOST:PORT, or write openlineage.yml (https://openlineage.io/docs/client/python)"
)
_NO_PLACE = ("_NAMESPACE", "_PARENT_ID", "_API_KEY")
_HINTS = {
    401: "check OPENLINEAGE_API_KEY, or `auth` in openlineage.yml",
    403: "check OPENLINEAGE_API_KEY, or `auth` in openlineage.yml",
    404: "check OPENLINEAGE_URL, and OPENLINEAGE_ENDPOINT if the path is not api/v1/lineage",
    429: _AGAIN,
}


def sent_to(events: Sequence[RunEvent]) -> str | None:
    """Where they were sent to, or None when OPENLINEAGE_DISABLED says not to; see `trakt.lineage.send`."""
    with _in_our_words() as told:
        client = _client(told)
        if client.transport.kind == "noop":
            return None
        place = _place(client)
        for number, event in enumerate(events, 1):
            try:
                client.emit(event)
            except Exception as fault:
                after = f", after {counted(number - 1, 'event')}" if number > 1 else ""
                raise _translated(fault, place, after) from fault
        # older clients have none, and no transports that work in the background
        if close := getattr(client, "close", None):
            close()
        for line in told:
            _log.warning("%s", line)
        return place


def _client(told: list[str]) -> OpenLineageClient:
    try:
        client = OpenLineageClient()
        chosen = bool(client.config.transport)
    except Exception as fault:  # any kind, from any of the transports
        what = f"OpenLineage's client cannot be set up: {_first_line(fault)}"
        raise OutputError(what, where=_configured_by(), hint=_CONFIGURE) from fault
    if client.transport.kind == "console" and not chosen:
        unread = next((f"; {line.rstrip(': ')}" for line in told if "config file" in line), "")
        raise OutputError(f"nothing says where to send events to{unread}", where="--send", hint=_CONFIGURE)
    told.clear()
    return client


def _configured_by() -> str:
    given = sorted(name for name in os.environ if name.startswith("OPENLINEAGE") and not name.endswith(_NO_PLACE))
    # the client makes further ones of OPENLINEAGE_URL
    return "OPENLINEAGE_URL" if "OPENLINEAGE_URL" in given else given[0] if given else "openlineage.yml"


def _place(client: OpenLineageClient) -> str:
    """For people: the address, without a password that may stand in it, or what kind of transport it is."""
    url = getattr(client.transport, "url", None)
    if not isinstance(url, str):
        return f"the transport '{client.transport.kind}'"
    parts = urlsplit(urljoin(url, str(getattr(client.transport, "endpoint", ""))))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _translated(fault: Exception, place: str, after: str) -> OutputError:
    what, hint = _told(fault)
    return OutputError(f"events could not be sent{after}: {what}", where=place, hint=hint)


def _told(fault: Exception) -> tuple[str, str]:
    """What went wrong and what to do; the narrower kinds of errors first."""
    if isinstance(fault, requests.HTTPError) and fault.response is not None:
        code = fault.response.status_code
        default = _AGAIN if code >= 500 else "its log should say why"
        return f"the receiver answered {code} {fault.response.reason}".rstrip(), _HINTS.get(code, default)
    if isinstance(fault, requests.exceptions.RetryError):
        return "the receiver went on answering with errors of its own", _AGAIN
    if isinstance(fault, requests.Timeout):
        return "the receiver did not answer in time", _AGAIN
    if isinstance(fault, requests.exceptions.SSLError):
        return "its certificate could not be verified", "check the address, and the `verify` of openlineage.yml"
    if isinstance(fault, requests.ConnectionError):
        return "the receiver cannot be reached", "check OPENLINEAGE_URL, and that it listens there"
    return _first_line(fault), _CONFIGURE


def _first_line(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}".splitlines()[0].rstrip(": ")


@contextlib.contextmanager
def _in_our_words() -> Iterator[list[str]]:
    """While inside, what the client and the library below log is kept, without tracebacks; a list of its warnings."""
    told: list[str] = []
    keeper = _Keeper(told)
    found = {logger: logger.propagate for logger in map(logging.getLogger, _CHATTY)}
    for logger in found:
        logger.addHandler(keeper)
        logger.propagate = False
    try:
        yield told
    finally:
        for logger, propagate in found.items():
            logger.removeHandler(keeper)
            logger.propagate = propagate


class _Keeper(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the client says; that a connection is tried once more interests nobody who knows how it ended."""
        if record.name.startswith("openlineage"):
            self._told.append(record.getMessage())
