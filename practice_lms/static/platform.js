// What a platform's page does for the tool in its frame or in a window it opened: platform storage
// (LTI postMessage Storage 0.1), capabilities, frame height and window size (also in Canvas's form), close.
// Answers only origins that were registered; data are kept per origin in the session of this page.
"use strict";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const toolOrigins = new Set(meta("tool-origins").split(" "));
const offersStorage = meta("platform-storage") === "on";
const frame = () => document.querySelector("iframe.tool");  // this listens before the frame is there
const longestKey = 256, longestValue = 4096, mostKeys = 500;

const place = (origin, key) => `lti ${origin} ${key}`;
const keysOf = (origin) => Object.keys(sessionStorage).filter((one) => one.startsWith(place(origin, "")));

function put(message, origin) {
  const { key, value } = message;
  if (value === null || value === undefined) {
    sessionStorage.removeItem(place(origin, key));
    return { key, value: null };
  }
  if (typeof value !== "string") return { error: { code: "bad_request", message: "value must be a string" } };
  if (value.length > longestValue || keysOf(origin).length >= mostKeys)
    return { error: { code: "storage_exhaustion", message: "too much is stored" } };
  sessionStorage.setItem(place(origin, key), value);
  return { key, value };
}

function get(message, origin) {
  return { key: message.key, value: sessionStorage.getItem(place(origin, message.key)) };
}

function stored(deed) {
  return (message, origin) => {
    if (typeof message.key !== "string" || !message.key || message.key.length > longestKey)
      return { error: { code: "bad_request", message: "key must be a short string" } };
    return deed(message, origin);
  };
}

function capabilities() {
  return { supported_messages: Object.keys(answered).map((subject) => ({ subject })) };
}

const answered = { "lti.capabilities": capabilities };
if (offersStorage) Object.assign(answered, { "lti.put_data": stored(put), "lti.get_data": stored(get) });

function resize(message) {
  const height = Number.parseInt(message.height, 10);
  if (frame() && height > 0) frame().height = String(Math.min(Math.max(height, 200), 20000));
}

function tellWindowSize(event) {
  const box = frame()?.getBoundingClientRect();
  const offset = { top: (box?.top ?? 0) + window.scrollY, left: (box?.left ?? 0) + window.scrollX };
  const size = { height: window.innerHeight, width: window.innerWidth, offset, footer: 0, scrollY: window.scrollY };
  event.source.postMessage({ subject: "lti.fetchWindowSize.response", ...size }, event.origin);
}

function close(event) {
  if (event.source === frame()?.contentWindow) window.location.assign(frame().dataset.closeTo);
  else if (toolOrigins.has(event.origin)) event.source.close();
}

function read(data) {
  if (typeof data !== "string") return data;
  try { return JSON.parse(data); } catch { return null; }
}

window.addEventListener("message", (event) => {
  const message = read(event.data);
  if (!message || typeof message.subject !== "string" || !event.source) return;
  if (message.subject === "org.imsglobal.lti.close" || message.subject === "lti.close") return close(event);
  if (!toolOrigins.has(event.origin)) return;
  if (message.subject === "lti.frameResize") return resize(message);
  if (message.subject === "lti.fetchWindowSize") return tellWindowSize(event);
  const answer = answered[message.subject];
  if (!answer || typeof message.message_id !== "string") return;
  const reply = { subject: `${message.subject}.response`, message_id: message.message_id };
  event.source.postMessage({ ...reply, ...answer(message, event.origin) }, event.origin);
});
