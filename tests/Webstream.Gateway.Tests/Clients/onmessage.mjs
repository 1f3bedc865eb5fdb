// What users of the original have: an EventSource, and onmessage that prints what it gets. As JSON, so that a test can tell
// a line end within a message from one between two.
import { createRequire } from "node:module";

const { EventSource } = createRequire(new URL("../../../clients/node/package.json", import.meta.url))("eventsource");

const source = new EventSource(process.argv[2]);
source.onmessage = (e) => console.log(JSON.stringify({ data: e.data, id: e.lastEventId, type: e.type }));
