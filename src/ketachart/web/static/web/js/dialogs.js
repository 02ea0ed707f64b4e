// @ts-check
// <button data-opens="some-id"> opens <dialog id="some-id">; <button data-closes> closes the dialog it is in.
// The browser itself keeps the focus inside, closes on Escape and gives the focus back.

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;

  const opener = target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.getAttribute("data-opens") ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    return;
  }

  if (target.closest("[data-closes]")) {
    target.closest("dialog")?.close();
  } else if (target instanceof HTMLDialogElement && target.matches("[data-closes-outside]")) {
    target.close();
  }
});
