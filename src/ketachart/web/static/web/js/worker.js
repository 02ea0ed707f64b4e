// @ts-check
// Registers the service worker, and makes a device forget the kept pages when somebody signs out.

/** Ask the worker to drop every page it keeps. Unsent chart entries are not pages and stay. */
export async function forgetPages() {
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
