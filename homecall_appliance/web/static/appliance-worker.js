/**
 * Shows the page while the appliance does not answer, and is in nobody's way while it does: the
 * page comes from the network, its parts from either (W3C Service Workers).
 */
const SHELL = { version: "", files: [] }; // the server's: see homecall_appliance/web/assets.py
const CACHE = `appliance-${SHELL.version}`;
const PATIENCE = 4000; // ms: an address that nobody has may keep a browser waiting for minutes

globalThis.addEventListener("install", (event) => event.waitUntil(keep()));
globalThis.addEventListener("activate", (event) => event.waitUntil(dropFormer()));
globalThis.addEventListener("fetch", (event) => {
  const { pathname, search } = new URL(event.request.url);
  if (event.request.mode === "navigate") {
    if (pathname === "/") event.respondWith(page(event.request));
  } else if (SHELL.files.includes(pathname + search)) {
    event.respondWith(part(event.request));
  }
});

/** No page is in the way of a newer worker: each has the files that it has come with. */
async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.files);
  await globalThis.skipWaiting();
}

async function dropFormer() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
}

async function page(request) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("", "TimeoutError")), PATIENCE);
  });
  try {
    return await Promise.race([fetch(request), late]);
  } catch {
    return (await kept("/")) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

async function part(request) {
  return (await kept(request)) ?? fetch(request);
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return cache.match(request, { ignoreVary: true });
}
