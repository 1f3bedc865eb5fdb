// Prints each message of a Webstream stream as it arrives.
//   node listen.js [url] [--last-event-id ID]         the key, where the hub needs one: WEBSTREAM_API_KEY
import { parseArgs } from "node:util";
import { EventSource } from "eventsource";
import { Connection } from "./connection.js";

const options = { "last-event-id": { type: "string", default: "" } };
const fail = (why) => { console.error(why); process.exit(1); };
let url, lastId, key;
try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length > 1) throw new Error("one address at most");
  url = new URL(positionals[0] ?? "http://localhost:8000/stream");
  if (!/^https?:$/.test(url.protocol)) throw new Error("the address must start with http:// or https://");
  lastId = values["last-event-id"];
  key = process.env.WEBSTREAM_API_KEY ?? "";
  if (!/^[\x21-\x7e]*$/.test(key)) throw new Error("WEBSTREAM_API_KEY may hold only plain characters without spaces or line breaks");
} catch (e) {
  fail(`${e.message}\nusage: node listen.js [url] [--last-event-id ID]`);
}

// Messages are anybody's text: on a terminal their control characters show, in a pipe they pass unchanged.
const printable = (text) => process.stdout.isTTY
  ? text.replace(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
  : text;

const connection = new Connection(url, key);
let source, timer, failures = 0;

function listen() {
  // The first request can only name its id in the address. When the connection breaks, the library reconnects by
  // itself with the Last-Event-ID header, which wins over the address.
  if (lastId) url.searchParams.set("lastEventId", lastId);
  source = new EventSource(url, { fetch: connection.fetch });
  source.onmessage = (e) => {
    failures = 0;
    console.log(printable(e.data));
    if (e.lastEventId) lastId = e.lastEventId;
  };
  source.addEventListener("end", (e) => {
    if (e.lastEventId) lastId = e.lastEventId;
    console.error("the stream has ended");
    stop();
  });
  source.addEventListener("resume", (e) => console.error(`resume: ${printable(e.data)}`));
  source.onerror = (e) => {
    if (source.readyState !== EventSource.CLOSED) return console.error(`reconnecting: ${e.message ?? "the stream ended"}`);
    if (e.code === 204) {
      // The answer to a listener that has everything up to the end already.
      console.error("the stream has ended");
      return stop();
    }
    // The library gives up when the answer is not a stream. A busy hub is worth another try, a wrong address is not.
    if (e.code < 500 && e.code !== 429) fail(`${url}: ${connection.refusal ? `${e.code}, ${printable(connection.refusal)}` : e.message}`);
    const wait = Math.min(1000 * 2 ** failures++, 30_000);
    console.error(`${e.message}; trying again in ${wait / 1000} s`);
    timer = setTimeout(listen, wait);
  };
}

function stop() {
  source.close();
  clearTimeout(timer);
  if (lastId) console.error(`last event id: ${lastId}`);
}

process.once("SIGINT", stop).once("SIGTERM", stop);
process.stdout.on("error", () => process.exit(0)); // the reader of the pipe has gone
listen();
