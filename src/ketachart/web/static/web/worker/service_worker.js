// @ts-check
/// <reference lib="webworker" />
// Served as /sw.js (web/views.py), which puts the settings in front of this file:
// SETTINGS = {version, assets: [addresses], pages: [regular expressions over paths], static: "/static/",
//   versioned: "/static/v-…/"}.
//
// - a page registered with register_offline_page: network first, kept when it arrives, shown from the kept copy
//   when the network is gone
// - every other page: network only, never kept (it may hold a patient's data)
// - static files of this version: kept copy first; other static files: network first

/** @type {{version: string, assets: string[], pages: string[], static: string, versioned: string}} */
const settings = /** @type {any} */ (self).SETTINGS;
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const filesCache = `ketachart-files-${settings.version}`;
const pagesCache = "ketachart-pages";
const offlinePages = settings.pages.map((pattern) => new RegExp(pattern));
const patienceMs = 4000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(filesCache)
      .then((cache) => cache.addAll(settings.assets.map((address) => new Request(address, { cache: "reload" }))))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith("ketachart-files-") && name !== filesCache)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener("message", (event) => {
  if (event.data?.type === "forget-pages") event.waitUntil(caches.delete(pagesCache));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return;

  if (address.pathname.startsWith(settings.static)) {
    event.respondWith(address.pathname.startsWith(settings.versioned) ? keptFirst(request) : networkFirst(request, filesCache));
  } else if (request.mode === "navigate") {
    const keep = offlinePages.some((pattern) => pattern.test(address.pathname));
    event.respondWith(keep ? networkFirst(request, pagesCache) : fetch(request).catch(noNetwork));
  }
});

/** @param {Request} request */
async function keptFirst(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(filesCache)).put(request, answer.clone());
  return answer;
}

/**
 * @param {Request} request
 * @param {string} name
 */
async function networkFirst(request, name) {
  const cache = await caches.open(name);
  const kept = await cache.match(request, { ignoreSearch: name === pagesCache });
  try {
    // a room must not stare at a blank page because the network is slow rather than gone
    const answer = await (kept ? within(patienceMs, fetch(request)) : fetch(request));
    // a redirect (to sign in) or an error is shown, and never kept in place of the page
    if (answer.ok && !answer.redirected && answer.type === "basic") await cache.put(request, answer.clone());
    return answer;
  } catch {
    return kept ?? noNetwork();
  }
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(ms, promise) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("slow network")), ms);
    promise.then(resolve, reject);
  });
}

function noNetwork() {
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No connection</title><h1>No connection</h1>
<p>This page is not kept on the device. Pages of running sessions are: go back to the room.</p>
<p>When the network returns, load this page again.</p></html>`;
  return new Response(text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
