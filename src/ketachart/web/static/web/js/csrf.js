// @ts-check
/**
 * The token every writing request must carry in the header X-CSRFToken.
 * The cookie is asked first: a page kept for offline use may hold an older token than the browser.
 * @returns {string}
 */
export function csrfToken() {
  const name = document.documentElement.dataset.csrfCookie ?? "csrftoken";
  for (const part of document.cookie.split("; ")) {
    const [key, ...value] = part.split("=");
    if (key === name) return decodeURIComponent(value.join("="));
  }
  return document.querySelector("meta[name='csrf-token']")?.getAttribute("content") ?? "";
}
