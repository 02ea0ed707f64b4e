// @ts-check
// A dead connection must never look like a calm page.

const notice = document.querySelector("[data-offline-notice]");

function show() {
  if (notice instanceof HTMLElement) notice.hidden = navigator.onLine;
}

window.addEventListener("online", show);
window.addEventListener("offline", show);
show();
