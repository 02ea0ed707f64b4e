// @ts-check

const icons = { success: "met", warning: "warning", error: "not-met", info: "info" };

/**
 * A short message at the corner, read out by screen readers. Errors stay until they are closed.
 * @param {string} text
 * @param {"success" | "warning" | "error" | "info"} [level]
 */
export function toast(text, level = "info") {
  const region = document.querySelector("[data-toasts]");
  const template = document.querySelector("template[data-toast]");
  if (!region || !(template instanceof HTMLTemplateElement)) return;
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const element = /** @type {HTMLElement} */ (fragment.firstElementChild);
  element.classList.add(`toast--${level}`);
  if (level === "error") element.setAttribute("role", "alert");
  const use = element.querySelector("use");
  use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*$/, `#${icons[level]}`));
  const body = element.querySelector("[data-toast-text]");
  if (body) body.textContent = text;
  region.append(element);
  watch(element, level);
}

/**
 * @param {HTMLElement} element
 * @param {string} level
 */
function watch(element, level) {
  element.querySelector("[data-toast-close]")?.addEventListener("click", () => element.remove());
  if (level === "success" || level === "info") setTimeout(() => element.remove(), 8000);
}

for (const element of document.querySelectorAll("[data-toasts] > .toast")) {
  if (element instanceof HTMLElement) watch(element, element.dataset.level ?? "info");
}
