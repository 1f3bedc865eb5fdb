#!/usr/bin/env python3
"""Push a message to a Webstream hub, or listen to one. Standard library only, Python 3.9 or newer.

    push.py "message"              push a message (- reads it from standard input)
    push.py --listen               print each message as it arrives; Ctrl+C ends
"""
import argparse
import base64
import http.client
import json
import os
import random
import re
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ATTEMPTS = 5
LONGEST_WAIT = 60  # seconds; a hub that asks for more is reported instead of waited for
LONGEST_KEEPALIVE = 600  # seconds; a hub may be set to any up to this
SHORTEST_PATIENCE = 30  # seconds; so long a connection may be silent at least
NETWORK_ERRORS = (OSError, http.client.HTTPException)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to an address that nobody configured, and turn a push into a GET."""

    def redirect_request(self, *args):
        return None


class Sockets:
    """The socket of the connection that was opened last: how long it may be silent is known only once the stream is open."""

    def __init__(self):
        self.last = None

    def opened_by(self, kind):
        sockets = self

        class Connection(kind):
            def connect(self):
                super().connect()
                sockets.last = self.sock

        return Connection


sockets = Sockets()


class Http(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(sockets.opened_by(http.client.HTTPConnection), request)


class Https(urllib.request.HTTPSHandler):
    def https_open(self, request):
        return self.do_open(sockets.opened_by(http.client.HTTPSConnection), request)


opener = urllib.request.build_opener(NoRedirects, Http, Https)


def fail(why):
    print(f"push.py: {why}", file=sys.stderr)
    sys.exit(1)


def note(text):
    print(text, file=sys.stderr, flush=True)


def plural(count, word):
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def printable(text):
    """Messages are anybody's text: on a terminal their control characters show, in a pipe they pass unchanged."""
    if not sys.stdout.isatty():
        return text
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda m: f"\\x{ord(m.group()):02x}", text)


def reason(error):
    return str(getattr(error, "reason", error)) or type(error).__name__


def explain(error, args):
    """What the hub says about a refusal, or what is known of a proxy that refused in its place."""
    try:
        answer = json.loads(error.read(65536))
        text = answer.get("error") or answer.get("detail") or ""
    except (ValueError, AttributeError, *NETWORK_ERRORS):
        text = ""
    # A hub's refusal is such a problem, and its challenge has no parameters. Any other 401 is a proxy's.
    ours = error.headers.get_content_type() == "application/problem+json" and error.headers.get("WWW-Authenticate", "Bearer") == "Bearer"
    if error.code == 401 and not ours:
        text = ("a proxy before the hub does not accept the user and password in the address" if args.login else
                "a proxy before the hub asks for its own login, not for the key: write it as https://user:password@host/")
    elif error.code == 407:
        text = "the proxy that leads out of this network asks for a login: set it in https_proxy or http_proxy"
    elif error.code == 403 and not ours:
        text = "a proxy before the hub refuses this"
    if 300 <= error.code < 400:
        text = f"redirected to {error.headers.get('Location')}: use that address instead"
    return f"{error.code} {text or error.reason}"


def retry_after(error, otherwise):
    value = error.headers.get("Retry-After", "")
    return float(value) if re.fullmatch(r"[0-9]{1,9}", value) else otherwise


def credentials(args):
    # The key has a header of its own, so the other one is free for a proxy's login.
    return {**({"X-API-Key": args.key} if args.key else {}), **({"Authorization": args.login} if args.login else {})}


def without_login(url):
    """The address without user and password, and these as a header: programs refuse addresses that have them."""
    parts = urllib.parse.urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = login.partition(":")
    plain = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}".encode()
    return parts._replace(netloc=place).geturl(), "Basic " + base64.b64encode(plain).decode()


def push(args, message):
    # The key makes sending again safe: the hub takes the message once, however often it arrives.
    key = args.idempotency_key or str(uuid.uuid4())
    body = {"message": message, "stream": args.stream, "event": args.event}
    request = urllib.request.Request(
        f"{args.url}/api/push",
        data=json.dumps({name: value for name, value in body.items() if value is not None}).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key, **credentials(args)},
        method="POST",
    )
    for attempt in range(1, ATTEMPTS + 1):
        wait = 0.5 * 2 ** (attempt - 1) * random.uniform(0.75, 1)
        try:
            with opener.open(request, timeout=60) as response:
                answer = json.load(response)
            break
        except urllib.error.HTTPError as error:
            if error.code not in (429, 502, 503, 504):
                fail(explain(error, args))
            problem, wait = explain(error, args), retry_after(error, wait)
        except NETWORK_ERRORS as error:
            problem = f"{args.url}: {reason(error)}"
        except ValueError:
            fail(f"{args.url} did not answer with JSON: is it a Webstream hub?")
        if attempt == ATTEMPTS or wait > LONGEST_WAIT:
            fail(f"{problem}; to try again without doubling it: --idempotency-key {key}")
        note(f"{problem}; trying again in {wait:.1f} s")
        time.sleep(wait)

    verb = "was already pushed:" if answer.get("duplicate") else "pushed"
    receipt = f"{verb} {answer.get('id', '')} to {plural(answer.get('clients', 0), 'client')}"
    if "gateways" in answer:
        receipt += f" on {plural(answer['gateways'], 'gateway')}"
    print(receipt)


class Patience:
    """How long a stream may be silent: three times the hub's time between two keepalives, which the hub says or the stream shows."""

    def __init__(self):
        self.period, self.seen = LONGEST_KEEPALIVE, None

    def begin(self, args):
        self.seen = None
        try:
            with opener.open(urllib.request.Request(f"{args.url}/api/info", headers=credentials(args)), timeout=5) as response:
                self.period = min(float(json.loads(response.read(65536))["keepaliveSeconds"]), LONGEST_KEEPALIVE)
        except (ValueError, KeyError, TypeError, *NETWORK_ERRORS):
            pass  # a hub of before, or a proxy that hides this address

    def keepalive(self):
        now = time.monotonic()
        if self.seen is not None:
            self.period = min(now - self.seen, LONGEST_KEEPALIVE)
        self.seen = now

    def seconds(self):
        return max(3 * self.period, SHORTEST_PATIENCE)


def read_events(response, connection, patience):
    """Yield (type, data, id, retry) for each block; data is None when the block says only id or retry."""
    kind, data, event_id, retry = "", [], None, None
    while True:
        try:
            connection.settimeout(patience.seconds())
            line = response.readline()
        except (ValueError, *NETWORK_ERRORS) as error:
            note(f"connection lost: {reason(error)}")
            return
        if not line.endswith(b"\n"):
            return  # the end; a block without its blank line does not count
        line = line.rstrip(b"\r\n").decode("utf-8", "replace")
        if line == ": keepalive":
            patience.keepalive()
        if not line:
            yield kind or "message", "\n".join(data) if data else None, event_id, retry
            kind, data, event_id, retry = "", [], None, None
            continue
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            event_id = value
        elif name == "retry" and re.fullmatch(r"[0-9]{1,9}", value):
            retry = int(value)


def listen(args, state):
    address = f"{args.url}/stream/{urllib.parse.quote(args.stream)}" if args.stream else f"{args.url}/stream"
    delay, failures, patience = 3.0, 0, Patience()
    while True:
        headers = {"Accept": "text/event-stream", **credentials(args)}
        if state["last_id"]:
            headers["Last-Event-ID"] = state["last_id"]
        wait = None
        patience.begin(args)
        try:
            response = opener.open(urllib.request.Request(address, headers=headers), timeout=60)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                fail(f"{address}: {explain(error, args)}")
            note(f"{address}: {explain(error, args)}")
            wait = retry_after(error, None)
        except NETWORK_ERRORS as error:
            note(f"{address}: {reason(error)}")
        else:
            with response:
                if response.status == 204:
                    note("the stream has ended")
                    return  # the answer to a listener that has everything up to the end already
                if response.headers.get_content_type() != "text/event-stream":
                    fail(f"{address} is not an event stream")
                for kind, data, event_id, retry in read_events(response, sockets.last, patience):
                    if retry is not None:
                        delay = retry / 1000
                    if event_id is not None:
                        state["last_id"] = event_id
                    if data is None:
                        continue
                    failures = 0
                    if kind == "end":
                        note("the stream has ended")
                        return
                    if kind == "resume":
                        note(f"resume: {printable(data)}")
                    else:
                        print(printable(data), flush=True)
        # The hub's own word on when to come back; each failure in a row doubles it, up to half a minute.
        wait = max(delay, min(30, delay * 2 ** min(failures, 8))) if wait is None else wait
        failures += 1
        note(f"reconnecting in {wait:.1f} s")
        time.sleep(wait)


def interrupt(*_):
    raise KeyboardInterrupt


def arguments():
    parser = argparse.ArgumentParser(description="Push a message to a Webstream hub, or listen to one.")
    parser.add_argument("message", nargs="?", help="the message; - reads it from standard input")
    parser.add_argument("--url", default=os.environ.get("WEBSTREAM_URL") or "http://localhost:8000",
                        help="the hub (default: WEBSTREAM_URL, or http://localhost:8000)")
    parser.add_argument("--stream", help="the stream (default: main)")
    parser.add_argument("--event", help="the message's event type")
    parser.add_argument("--key", default=os.environ.get("WEBSTREAM_API_KEY"),
                        help="the API key (default: WEBSTREAM_API_KEY)")
    parser.add_argument("--idempotency-key", help="pushes with the same key go in once (default: a new one)")
    parser.add_argument("--listen", action="store_true", help="listen instead of pushing")
    parser.add_argument("--last-event-id", default="", help="with --listen: start after this id")
    args = parser.parse_args()
    if not re.match(r"https?://[^/]", args.url):
        fail("the hub's address has to begin with http:// or https://, such as http://localhost:8000")
    args.url, args.login = without_login(args.url.rstrip("/"))
    if args.listen == (args.message is not None):
        fail("give either a message or --listen (--help tells more)")
    for name in ("key", "idempotency_key", "last_event_id"):
        if not re.fullmatch(r"[\x21-\x7e]*", getattr(args, name) or ""):
            fail(f"--{name.replace('_', '-')} may hold only plain characters without spaces")
    return args


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, interrupt)
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(encoding="utf-8", errors="replace")
    state = {"last_id": args.last_event_id}
    try:
        if args.listen:
            listen(args, state)
            note(f"last event id: {state['last_id']}")
            return
        message = args.message
        if message == "-":
            message = sys.stdin.buffer.read().decode("utf-8")
            message = message[:-1] if message.endswith("\n") else message  # the one that echo adds
        push(args, message)
    except UnicodeDecodeError:
        fail("standard input is not UTF-8")
    except KeyboardInterrupt:
        if not args.listen:
            sys.exit(130)
        if state["last_id"]:
            note(f"last event id: {state['last_id']}")
    except BrokenPipeError:
        # The reader of the pipe has gone; without this Python complains once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
