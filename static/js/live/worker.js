// The shared worker: one event stream for all tabs of a browser. (Browsers allow six HTTP/1.1 connections to a host:
// with one stream per tab, the seventh tab would hang.)
//
// A tab says   {type: "hello", url, cursor} when it opens or is looked at again, {type: "bye"}, {type: "here"}.
// It hears     {type: "state", isLive, cursor} as the answer to hello and on every change of state,
//              {type: "there?"} now and then, and the stream's own messages (stream.js).
import { Stream } from "./stream.js";

// A tab that crashed says no goodbye; a frozen one may be silent for long, and says hello again when it thaws.
const ASK_MS = 30_000;
const FORGET_MS = 5 * 60_000;

const tabs = new Map();
let stream = null;

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.type === "bye") return forget(port);
    if (data.type === "hello") greet(port, data);
    if (tabs.has(port)) tabs.set(port, Date.now());
  };
  port.start();
};

function greet(port, { url, cursor }) {
  tabs.set(port, Date.now());
  stream ??= new Stream(url, cursor, tellAll);
  stream.hurry();
  port.postMessage(state());
}

function tellAll(message) {
  const news = message.type === "live" || message.type === "down" ? state() : message;
  for (const port of tabs.keys()) port.postMessage(news);
}

function state() {
  return { type: "state", isLive: stream.isLive, cursor: stream.cursor };
}

function forget(port) {
  // The port stays open: a page that comes back from the browser's history says hello on it again.
  tabs.delete(port);
  if (tabs.size) return;
  stream?.end();
  stream = null;
}

setInterval(() => {
  for (const [port, seenAt] of tabs) {
    if (Date.now() - seenAt > FORGET_MS) forget(port);
    else port.postMessage({ type: "there?" });
  }
}, ASK_MS);
