"""What a socket shows: names, ports, pages, certificates, the time.

No proxy of the environment is used and no redirect is followed. Each function takes a target, the longest time in
seconds that the socket may wait for any one thing, and the time in seconds since 1970. The caller holds the deadline
over the whole, since looking up a name knows none.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from toolkit.model import Target

Found = tuple[str, dict[str, str]]  # a key of `outcome.RESULTS`, and what fills its words

_MOST_BODY: Final = 65_536
_HEADERS: Final = {"User-Agent": "tillbook", "Connection": "close"}
_DAY: Final = 86_400
SOON: Final = 14  # days; our own choice: time enough to ask for a new certificate

# OpenSSL's numbers (x509_vfy.h): not yet valid, expired, another host name, another address.
_CERTIFICATE: Final = {9: "tls-early", 10: "tls-expired", 62: "tls-other-name", 64: "tls-other-name"}


def dns(target: Target, _: float, __: float) -> Found:
    """Whether the name is found."""
    try:
        socket.inet_aton(target.host)
    except OSError:
        pass
    else:
        return "dns-number", {}
    try:
        socket.getaddrinfo(target.host, target.port)
    except (OSError, UnicodeError):
        return "dns-none", {}
    return "dns-found", {}


def tcp(target: Target, seconds: float, _: float) -> Found:
    """Whether something answers at the port."""
    try:
        _connected(target, seconds).close()
    except (OSError, UnicodeError) as error:
        return _fault(error, "tcp-silent")
    return "tcp-open", {}


def page(target: Target, seconds: float, _: float) -> Found:
    """Whether the expected page comes, and not a log-in page in its place."""
    try:
        with _asked("GET", target, seconds) as answer:
            status, body = answer.status, answer.read(_MOST_BODY)
    except (OSError, UnicodeError) as error:
        return _fault(error, "http-silent")
    except http.client.HTTPException:
        return "http-garbled", {}
    return _judged(status, body, target.expect), {"status": str(status)}


def _judged(status: int, body: bytes, expect: str) -> str:
    if status == 511:
        return "http-portal"
    if status >= 400:
        return "http-error"
    if status >= 300:
        return "http-redirect"
    if expect:
        return "http-good" if any(mark in body for mark in _encoded(expect)) else "http-portal"
    return "http-good" if status == 204 else "http-unmarked"


def _encoded(text: str) -> Iterator[bytes]:
    """`text` as a page in China may hold it."""
    yield text.encode()
    try:
        yield text.encode("gb18030")
    except UnicodeEncodeError:
        pass


def tls(target: Target, seconds: float, now: float) -> Found:
    """Whether the certificate is good, and for how many days from `now`."""
    try:
        with _connected(target, seconds) as bare, _secured(bare, target) as secure:
            until = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except (OSError, UnicodeError) as error:
        return _fault(error, "tls-silent")
    days = int((until - now) // _DAY)
    return ("tls-expired" if days < 0 else "tls-soon" if days < SOON else "tls-valid"), {"days": str(days)}


def date(target: Target, seconds: float) -> float | None:
    """The time by the target, in seconds since 1970; None where it does not say."""
    from email.utils import parsedate_to_datetime

    try:
        with _asked("HEAD", target, seconds) as answer:
            said = answer.getheader("Date")
        return parsedate_to_datetime(said).timestamp() if said else None
    except (OSError, ValueError, TypeError, OverflowError, http.client.HTTPException):
        return None


def _connected(target: Target, seconds: float) -> socket.socket:
    try:
        return socket.create_connection((target.host, target.port), seconds)
    except TimeoutError as error:
        raise _NoAnswerError from error


def _secured(bare: socket.socket, target: Target) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(bare, server_hostname=target.host)


class _NoAnswerError(OSError):
    """Nothing answered at the port in time."""


@contextmanager
def _asked(method: str, target: Target, seconds: float) -> Iterator[http.client.HTTPResponse]:
    """The answer to one request, and the connection while its body is read."""
    make = http.client.HTTPSConnection if target.tls else http.client.HTTPConnection
    connection = make(target.host, target.port)  # for the form of the request; the way there is ours
    bare = _connected(target, seconds)
    try:
        connection.sock = _secured(bare, target) if target.tls else bare
        connection.request(method, target.path or "/", headers=_HEADERS)
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()
        bare.close()


def _fault(error: Exception, silent: str) -> Found:
    """What an error of the socket means; `silent` is the reason for an answer that stayed away after connecting."""
    match error:
        case socket.gaierror() | UnicodeError():
            return "dns-none", {}
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(error.verify_code, "tls-issuer"), {}
        case ssl.SSLError():
            return "tls-none", {}
        case _NoAnswerError():
            return "tcp-silent", {}
        case TimeoutError():
            return silent, {}
        case ConnectionRefusedError():
            return "tcp-closed", {}
        case ConnectionError():
            return "cut-off", {}
        case _:
            return "tcp-no-way", {}
