// @ts-check
// Registers the service worker, and makes a device forget the kept pages when somebody signs out.

/** A script that keeps what such a page showed keeps it in the browser's database of this name. */
const KEPT = "ketachart-kept";

/** Drop every kept page and what they showed. Unsent chart entries are neither and stay. */
export async function forgetPages() {
  indexedDB.deleteDatabase(KEPT);
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  registration?.active?.postMessage({ type: "forget-pages" });
}

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => {
    // without a worker everything works except opening a page with no network
  });
}

if (document.documentElement.dataset.signedIn === "no") void forgetPages();
