// @ts-check
/** Adds rows to a list of medicines, allergies or treatments. Without it the page still has a few empty rows. */

for (const place of document.querySelectorAll("[data-rows]")) {
  const template = /** @type {HTMLTemplateElement | null} */ (place.querySelector("template[data-row]"));
  const button = /** @type {HTMLButtonElement | null} */ (place.querySelector("[data-add-row]"));
  const total = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="row-TOTAL_FORMS"]'));
  if (!template || !button || !total) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = Number(total.value);
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(number));
    const row = holder.content.firstElementChild;
    if (!row) return;
    place.insertBefore(row, button);
    total.value = String(number + 1);
    const first = /** @type {HTMLElement | null} */ (row.querySelector("input, select, textarea"));
    first?.focus();
  });
}
