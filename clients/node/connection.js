// What a listener's connections need besides the library: the hub's key, a proxy's login, and an end for a connection
// over which nothing comes any more.
import { Agent, fetch } from "undici";

// The library's client would give a connection up after five minutes without a byte, which a hub with a longer keepalive
// exceeds. A listener asks for the hub's period instead, or learns it from the stream.
const agent = new Agent({ bodyTimeout: 0 });
const LONGEST_KEEPALIVE = 600_000;
const SHORTEST_PATIENCE = 30_000;
const KEEPALIVE = ": keepalive\n";

export class Connection {
  // The time between two keepalives, in ms. A hub may be set to any up to the longest.
  #period = LONGEST_KEEPALIVE;
  #headers;

  /** Why the last answer was no stream; empty when it was one. */
  refusal = "";

  /** @param {URL} url  The stream. Its user and password are taken out. */
  constructor(url, key) {
    this.#headers = key ? { "X-API-Key": key } : {};
    if (url.username || url.password) {
      // Programs refuse addresses with a login. The key has a header of its own, so this one is free for the proxy.
      const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      this.#headers.Authorization = `Basic ${Buffer.from(login).toString("base64")}`;
      url.username = url.password = "";
    }
  }

  fetch = async (url, init) => {
    this.refusal = "";
    await this.#askForPeriod(new URL(url));
    const secret = Object.keys(this.#headers).length > 0;
    const response = await fetch(url, {
      ...init, dispatcher: agent, headers: { ...init.headers, ...this.#headers },
      // A redirect would carry the key to an address that nobody configured.
      redirect: secret ? "manual" : init.redirect,
    });
    if (response.status !== 200) this.refusal = await this.#why(response);
    return {
      status: response.status, url: response.url, redirected: response.redirected, headers: response.headers,
      body: response.body && this.#watched(response.body),
    };
  };

  async #askForPeriod(url) {
    url.pathname = url.pathname.replace(/\/stream(\/[^/]*)?$/, "/api/info");
    url.search = "";
    try {
      const response = await fetch(url, { dispatcher: agent, headers: this.#headers, redirect: "error", signal: AbortSignal.timeout(5000) });
      const { keepaliveSeconds } = response.ok ? await response.json() : {};
      if (keepaliveSeconds > 0) this.#period = Math.min(1000 * keepaliveSeconds, LONGEST_KEEPALIVE);
    } catch {
      // A hub of before, or a proxy that hides this address: the stream shows the period.
    }
  }

  async #why(response) {
    const type = response.headers.get("content-type") ?? "";
    // A hub's refusal is such a problem, and its challenge has no parameters. Any other 401 is a proxy's.
    const challenge = response.headers.get("www-authenticate") ?? "Bearer";
    if (type.startsWith("application/problem+json") && challenge === "Bearer") {
      return String((await response.clone().json().catch(() => null))?.error ?? "");
    }
    if (response.status === 401) {
      return this.#headers.Authorization
        ? "a proxy before the hub does not accept the user and password in the address"
        : "a proxy before the hub asks for its own login, not for the key: write it as https://user:password@host/stream";
    }
    if (response.status >= 300 && response.status < 400) return `redirected to ${response.headers.get("location")}: use that address instead`;
    return "";
  }

  #watched(body) {
    const reader = body.getReader();
    let last = 0;
    return new ReadableStream({
      pull: async (controller) => {
        const patience = Math.max(3 * this.#period, SHORTEST_PATIENCE);
        const timer = setTimeout(() => {
          controller.error(new Error(`nothing came for ${patience / 1000} s`));
          reader.cancel().catch(() => {});
        }, patience);
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          if (hasKeepalive(value)) {
            const now = performance.now();
            if (last) this.#period = Math.min(now - last, LONGEST_KEEPALIVE);
            last = now;
          }
          controller.enqueue(value);
        } catch (e) {
          controller.error(e);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}

// A line of a message never begins with a colon: it begins with its field's name.
function hasKeepalive(bytes) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.indexOf(KEEPALIVE);
  return at === 0 || (at > 0 && text[at - 1] === 10);
}
