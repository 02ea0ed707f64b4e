// @ts-check
// Light or dark, before the first paint: a classic script in <head>, so it must stay this small.
// The device's own choice is kept in localStorage as "light" or "dark"; without one the system decides.
(() => {
  const key = "ketachart.theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  /** @returns {"light" | "dark" | "system"} */
  const choice = () => {
    try {
      const kept = localStorage.getItem(key);
      return kept === "light" || kept === "dark" ? kept : "system";
    } catch {
      return "system";
    }
  };

  const show = () => {
    const kept = choice();
    document.documentElement.dataset.theme = kept === "system" ? (system.matches ? "dark" : "light") : kept;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === kept));
    }
    document.dispatchEvent(new CustomEvent("ketachart:theme"));
  };

  show();
  system.addEventListener("change", show);
  window.addEventListener("storage", (event) => event.key === key && show());
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-theme-choice]") : null;
    if (!target) return;
    const wanted = target.getAttribute("data-theme-choice");
    try {
      if (wanted === "light" || wanted === "dark") localStorage.setItem(key, wanted);
      else localStorage.removeItem(key);
    } catch {
      // a device that keeps nothing follows the system
    }
    show();
  });
})();
