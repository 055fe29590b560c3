/**
 * Whose members these are where no type tells: the interface, or null for objects of our own. What
 * compose.mjs gives to a class is ours in any case.
 */
export const RECEIVERS = {
  close: "WebSocket",
  config: null, // of config.json
  connection: null, // of a session
  detect: "BarcodeDetector",
  name: "DOMException", // what is caught
  navigate: "WindowClient",
  reason: null, // of a hangup
  request: "FetchEvent",
  respondWith: "FetchEvent",
  type: "Event", // and of messages
  url: "Client",
  version: null, // of version.json
  waitUntil: "ExtendableEvent",
};
