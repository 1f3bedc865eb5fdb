// The dashboard: one EventSource for the chosen stream, a list of what it brings, and a box to push with.
// Whatever comes from a stream was written by somebody unknown: it enters the page through textContent only.

const MAX_ROWS = 500;
const HISTORY = 20;
const FEW = 3;
const DEFAULT_STREAM = "main";
const STREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;
const STREAM_RULE = "A stream name is 1 to 100 letters, digits, or . _ - : and starts with a letter or digit.";
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const KEY_ITEM = "webstream.key";

const byId = (id) => document.getElementById(id);
const statusText = byId("status");
const retryButton = byId("retry");
const countText = byId("count");
const countUnit = byId("count-unit");
const list = byId("messages");
const emptyHint = byId("empty");
const streamInput = byId("stream");
const streamError = byId("stream-error");
const messageInput = byId("text");
const eventInput = byId("event");
const receipt = byId("receipt");
const keyRow = byId("key-row");
const keyInput = byId("key");

const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

// ---- the connection -------------------------------------------------------------------------------------------

let stream = DEFAULT_STREAM;
let source = null;
let lastId = "";
let everConnected = false;
let failures = 0;
let retryTimer = 0;

function setStatus(state, text) {
  // Writing the same text again would make screen readers repeat it.
  if (statusText.dataset.state !== state) statusText.dataset.state = state;
  if (statusText.textContent !== text) statusText.textContent = text;
  retryButton.hidden = state !== "closed" && state !== "ended";
}

function disconnect() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

function connect() {
  disconnect();
  if (!STREAM_NAME.test(stream)) {
    setStatus("closed", "Not a stream name");
    streamError.textContent = STREAM_RULE;
    return;
  }

  // When the browser reconnects by itself it repeats this URL and adds the Last-Event-ID header, which wins over
  // both parameters. A connection that we open anew cannot set the header, hence the parameter.
  const query = new URLSearchParams({ format: "json" });
  if (lastId) query.set("lastEventId", lastId);
  else query.set("history", HISTORY);

  setStatus(everConnected ? "reconnecting" : "connecting", everConnected ? "Reconnecting" : "Connecting");
  const url = `stream/${encodeURIComponent(stream)}?${query}`;
  const current = new EventSource(url);
  source = current;
  current.onmessage = (e) => { if (source === current) onMessage(e); };
  current.addEventListener("end", (e) => { if (source === current) onEnd(e); });
  current.addEventListener("resume", (e) => { if (source === current) onResume(e); });
  current.onerror = () => { if (source === current) onError(url); };
}

function onMessage(e) {
  if (e.lastEventId) lastId = e.lastEventId;
  let message;
  try { message = JSON.parse(e.data); } catch { message = null; }
  if (typeof message?.message !== "string") message = { message: e.data };

  if (message.event === "open") {
    // Only now is this page counted among the clients; the response's headers alone do not say so.
    failures = 0;
    everConnected = true;
    streamError.textContent = "";
    setStatus("connected", "Connected");
    statusText.title = asText(message.message);
    return;
  }
  enqueue(message);
}

// The stream was closed, and nothing will come any more. Only a deletion opens it again.
function onEnd(e) {
  if (e.lastEventId) lastId = e.lastEventId;
  // An event of this type without data is the browser's or nobody's.
  if (typeof e.data !== "string") return;
  enqueue({ notice: "The stream has ended" });
  ended();
}

function ended() {
  disconnect();
  setStatus("ended", "The stream has ended");
}

function onResume(e) {
  let verdict;
  try { verdict = JSON.parse(e.data); } catch { return; }
  if (verdict?.status === "gap") {
    const missed = Number(verdict.missed);
    const what = Number.isFinite(missed) ? plural(missed, "message") : "Some messages";
    enqueue({ notice: `${what} ${missed === 1 ? "was" : "were"} missed` });
  } else if (verdict?.status === "reset") {
    enqueue({
      notice: verdict.reason === "forgotten"
        ? "The stream was quiet for long and gave way to others; its history began anew"
        : verdict.reason === "deleted" ? "The stream's history was deleted; it began anew"
        : "The stream's history began anew; messages may have been missed",
    });
  }
}

function onError(url) {
  if (source.readyState === EventSource.CONNECTING) {
    setStatus("reconnecting", "Connection lost; reconnecting");
    return;
  }
  // The browser has given up, as it does when the answer is not a stream (a proxy's 502, a full gateway's 503).
  // A dashboard on a wall has nobody to press the button, so it goes on trying, ever more slowly.
  const longest = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
  const wait = longest * (0.75 + Math.random() / 4);
  disconnect();
  setStatus("closed", `Closed; trying again in ${Math.ceil(wait / 1000)} s`);
  retryTimer = setTimeout(connect, wait);
  showRefusal(url);
}

// An EventSource does not tell why it was refused: the same request without one does.
async function showRefusal(url) {
  const waiting = retryTimer;
  const asking = new AbortController();
  try {
    const response = await fetch(url, { signal: asking.signal });
    if (response.status === 204 && source === null && retryTimer === waiting) return ended();
    const refusal = response.ok ? null : await response.json().catch(() => null);
    if (source === null) streamError.textContent = asText(refusal?.error);
  } catch {
    // Nobody answers: the status says that already.
  } finally {
    asking.abort();
  }
}

function retryNow() {
  if (statusText.dataset.state !== "closed" && statusText.dataset.state !== "ended") return;
  failures = 0;
  connect();
}

retryButton.addEventListener("click", retryNow);
addEventListener("online", () => { if (statusText.dataset.state === "closed") retryNow(); });

// ---- the list -------------------------------------------------------------------------------------------------

// What arrives is queued and put on the page once per frame. Of a flood only the newest rows would survive the
// frame, so the queue never holds more than that, also not while the tab is hidden and has no frames.
let queue = [];
let received = 0;
let frame = 0;

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "2-digit", day: "2-digit" });

function enqueue(item) {
  if ("message" in item) received++;
  queue.push(item);
  if (queue.length > 2 * MAX_ROWS) queue = queue.slice(-MAX_ROWS);
  if (!frame) frame = requestAnimationFrame(render);
}

function render() {
  frame = 0;
  const items = queue.slice(-MAX_ROWS);
  queue = [];

  const rows = document.createDocumentFragment();
  const today = day.format(new Date());
  for (let i = items.length - 1; i >= 0; i--) {
    rows.append("message" in items[i] ? messageRow(items[i], today) : noticeRow(items[i]));
  }
  for (let excess = list.childElementCount + items.length - MAX_ROWS; excess > 0 && list.lastChild; excess--) {
    list.lastChild.remove();
  }
  // A glow shows the eye what is new; in a flood everything is, and the glow would only cost frames.
  if (items.length <= FEW) for (const row of rows.children) row.classList.add("fresh");
  list.prepend(rows);
  showCount();
}

function showCount() {
  countText.textContent = received;
  countUnit.textContent = received === 1 ? "message received" : "messages received";
  emptyHint.hidden = list.childElementCount > 0;
}

function clearList() {
  queue = [];
  received = 0;
  list.replaceChildren();
  showCount();
}

const asText = (value) => (value === undefined || value === null ? "" : String(value));

function part(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  element.hidden = text === "";
  return element;
}

function messageRow(message, today) {
  const row = document.createElement("li");
  row.className = "message";
  row.dataset.id = asText(message.id);

  const stamp = asText(message.timestamp);
  const date = new Date(stamp);
  const known = !Number.isNaN(date.getTime());
  const onDay = known ? day.format(date) : "";
  const time = part("time", "time", known ? (onDay === today ? "" : `${onDay} `) + clock.format(date) : stamp);
  if (known) time.dateTime = date.toISOString();
  time.title = `${stamp}  id ${asText(message.id)}`;

  const from = part("span", "source", asText(message.source));
  const verified = message.sourceVerified === true;
  from.dataset.verified = verified;
  from.title = verified ? "Vouched for by an API key" : "What the sender claims to be";

  // A page shows a CR as a space, but like CRLF it ends a line.
  const text = part("div", "text", asText(message.message).replace(/\r\n?/g, "\n"));
  text.dir = "auto";
  text.hidden = false;

  row.append(time, from, part("span", "event", asText(message.event)));
  if (message.inReplyTo) row.append(part("span", "reply", `in reply to ${asText(message.inReplyTo)}`));
  row.append(text);
  if (message.event === "question" && message.id) row.append(answersTo(message));
  return row;
}

// A button for each answer that the question offers, or a box where it offers none.
function answersTo(question) {
  const row = document.createElement("div");
  row.className = "answers";
  const offered = Array.isArray(question.options) ? question.options.map(asText).filter((option) => option !== "") : [];
  for (const option of offered) {
    const button = part("button", "", option);
    button.type = "button";
    button.addEventListener("click", () => reply(question, option, row));
    row.append(button);
  }
  if (offered.length === 0) {
    const box = document.createElement("input");
    box.setAttribute("aria-label", "Your answer");
    const button = part("button", "", "Answer");
    button.type = "button";
    const answer = () => { if (box.value !== "") reply(question, box.value, row); };
    button.addEventListener("click", answer);
    box.addEventListener("keydown", (e) => { if (e.key === "Enter") answer(); });
    row.append(box, button);
  }
  return row;
}

function noticeRow(item) {
  return part("li", "notice", item.notice);
}

// ---- choosing a stream ----------------------------------------------------------------------------------------

const streamInUrl = () => new URL(location.href).searchParams.get("stream") || DEFAULT_STREAM;

function show(name) {
  stream = name;
  lastId = "";
  everConnected = false;
  failures = 0;
  streamInput.value = name;
  streamError.textContent = "";
  byId("push-stream").textContent = name;
  document.title = name === DEFAULT_STREAM ? "Webstream" : `${name} - Webstream`;
  clearList();
  connect();
}

function choose() {
  const name = streamInput.value.trim() || DEFAULT_STREAM;
  if (!STREAM_NAME.test(name)) {
    streamError.textContent = STREAM_RULE;
    return;
  }
  streamError.textContent = "";
  streamInput.value = name;
  if (name === stream) return;
  const url = new URL(location.href);
  url.searchParams.set("stream", name);
  history.pushState(null, "", url);
  show(name);
}

streamInput.addEventListener("change", choose);
streamInput.addEventListener("keydown", (e) => { if (e.key === "Enter") choose(); });
byId("watch").addEventListener("click", choose);
addEventListener("popstate", () => { if (streamInUrl() !== stream) show(streamInUrl()); });

let listedAt = -Infinity;

async function listStreams() {
  if (performance.now() - listedAt < 5000) return;
  listedAt = performance.now();
  try {
    const response = await fetch("api/streams", { headers: credentials() });
    if (!response.ok) return;
    const answer = await response.json();
    const streams = Array.isArray(answer) ? answer : answer.streams ?? [];
    byId("streams").replaceChildren(...streams.map((s) => {
      const option = document.createElement("option");
      option.value = asText(s.name);
      if (Number.isFinite(s.clients)) option.label = plural(s.clients, "client");
      return option;
    }));
  } catch {
    // The list is a convenience: a name can always be typed.
  }
}

streamInput.addEventListener("focus", listStreams);

// ---- pushing --------------------------------------------------------------------------------------------------

let pushing = false;
// The last push whose outcome is unknown. Pushing the same again uses the same key, so that it cannot double.
let unsure = null;

// In a header of its own: the browser puts a proxy's login into the other one.
function credentials() {
  const key = keyInput.value.trim();
  return key ? { "X-API-Key": key } : {};
}

function rememberKey() {
  try {
    const key = keyInput.value.trim();
    if (key) sessionStorage.setItem(KEY_ITEM, key);
    else sessionStorage.removeItem(KEY_ITEM);
  } catch {
    // Storage is switched off: the key then lives as long as the page.
  }
}

function recallKey() {
  try { keyInput.value = sessionStorage.getItem(KEY_ITEM) ?? ""; } catch { /* as above */ }
  keyRow.hidden = keyInput.value === "";
}

function newKey() {
  // Not crypto.randomUUID: that one is missing on pages served over plain http from another machine.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function showReceipt(result, text) {
  receipt.dataset.result = result;
  receipt.textContent = text;
}

async function push() {
  if (pushing) return;
  const message = messageInput.value;
  if (message === "") {
    showReceipt("error", "The message is empty.");
    messageInput.focus();
    return;
  }
  if (!/^[\x21-\x7e]*$/.test(keyInput.value.trim())) {
    showReceipt("error", "An API key has no spaces and only plain characters.");
    keyInput.focus();
    return;
  }

  const body = { message, stream, source: "dashboard" };
  const type = eventInput.value.trim();
  if (type) body.event = type;
  const answer = await deliver(body);
  // What was typed while the push was under way stays.
  if (answer && messageInput.value === message) messageInput.value = "";
}

async function reply(question, text, row) {
  if (pushing) return;
  const answer = await deliver({ message: text, stream: asText(question.stream), source: "dashboard", event: "reply", inReplyTo: asText(question.id) });
  if (answer) row.replaceChildren(part("span", "answered", `You answered: ${text}`));
}

// Pushes it and shows what became of it: the gateway's answer, or nothing when it was not taken.
async function deliver(body) {
  const same = JSON.stringify(body);
  const idempotencyKey = unsure?.same === same ? unsure.idempotencyKey : newKey();
  unsure = { same, idempotencyKey };

  pushing = true;
  showReceipt("waiting", "Pushing");
  try {
    const response = await fetch("api/push", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey, ...credentials() },
      body: same,
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) {
      pushed(answer);
      return answer;
    }
    refused(response, answer);
  } catch {
    showReceipt("error", "The gateway cannot be reached. Pushing the same again will not double it.");
  } finally {
    pushing = false;
  }
  return null;
}

function pushed(answer) {
  unsure = null;
  let text = `${answer.duplicate ? "Was already pushed as" : "Pushed"} ${asText(answer.id)} to `
    + plural(Number(answer.clients) || 0, "client");
  if (answer.gateways !== undefined) text += ` on ${plural(Number(answer.gateways) || 0, "gateway")}`;
  if (answer.settled === false) text += " (still counting)";
  showReceipt("ok", text);
}

// A gateway's refusal is a problem, and its challenge has no parameters. Any other 401 is a proxy's, which does not know the key.
const isProxys = (response) => (response.status === 401 || response.status === 407)
  && !(response.headers.get("Content-Type")?.startsWith("application/problem+json")
    && (response.headers.get("WWW-Authenticate") ?? "Bearer") === "Bearer");

function refused(response, answer) {
  // 5xx may have gone in; everything else certainly did not.
  if (response.status < 500) unsure = null;
  if (isProxys(response)) {
    showReceipt("error", `A proxy before the gateway asks for its own login (${response.status}), not for the gateway's key. Reload the page to log in.`);
    return;
  }
  let text = asText(answer?.error ?? answer?.detail) || `The gateway answered ${response.status}.`;
  const wait = response.headers.get("Retry-After");
  if (/^\d+$/.test(wait ?? "")) text += ` Try again in ${wait} s.`;
  showReceipt("error", text);
  if (response.status === 401 || response.status === 403) {
    keyRow.hidden = false;
    keyInput.focus();
  }
}

byId("push").addEventListener("click", push);
messageInput.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    push();
  }
});
for (const input of [eventInput, keyInput]) {
  input.addEventListener("keydown", (e) => { if (e.key === "Enter") push(); });
}
keyInput.addEventListener("input", rememberKey);

recallKey();
show(streamInUrl());
listStreams();
