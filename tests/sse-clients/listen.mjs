// Listens with one of the libraries that people use, and prints a JSON line for whatever its handler of messages is given.
//   node listen.mjs LIBRARY URL
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [, , library, url] = process.argv;
const take = (data, id) => console.log(JSON.stringify({ data, id }));
const onMessage = (source) => { source.onmessage = (e) => take(e.data, e.lastEventId); };

const libraries = {
  "eventsource-2": () => onMessage(new (require("eventsource-2"))(url)),
  "eventsource-3": async () => onMessage(new (await import("eventsource-3")).EventSource(url)),
  "eventsource-4": async () => onMessage(new (await import("eventsource-4")).EventSource(url)),
  "eventsource-5": async () => onMessage(new (await import("eventsource-5")).EventSource(url)),
  "launchdarkly-eventsource": () => {
    const source = new (require("launchdarkly-eventsource").EventSource)(url);
    source.onerror = () => {}; // without a handler the library throws
    onMessage(source);
  },
  "event-source-polyfill": () => {
    console.error = () => {}; // it tells of each cut with a stack
    onMessage(new (require("event-source-polyfill").EventSourcePolyfill)(url));
  },
  "undici": () => onMessage(new (require("undici").EventSource)(url)),
  // These two have one handler for all types.
  "eventsource-client": async () => {
    const { createEventSource } = await import("eventsource-client");
    createEventSource({ url, onMessage: (e) => { if (!e.event) take(e.data, e.id); } });
  },
  "fetch-event-source": () => {
    // It is made for pages: what it uses of them.
    globalThis.window = globalThis;
    globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    const { fetchEventSource } = require("@microsoft/fetch-event-source");
    fetchEventSource(url, {
      onmessage: (e) => { if (!e.event) take(e.data, e.id); },
      // As its documentation says, to come back after an end. Pages get an error for a cut; to Node's fetch it looks like an end.
      onclose: () => { throw new Error("the stream ended"); },
    });
  },
};

setInterval(() => {}, 60_000); // some libraries let the process end while they wait to reconnect
await libraries[library]();
