// @ts-check
/** A signature drawn with finger, pen or mouse, kept as strokes of whole-number points. Signing works without it. */

/** @typedef {[number, number]} Point */

const field = /** @type {HTMLElement | null} */ (document.querySelector("[data-signature]"));
const pad = /** @type {HTMLCanvasElement | null} */ (document.querySelector("[data-signature-pad]"));
const clear = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-signature-clear]"));
const kept = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="drawn"]'));
const MOST_POINTS = 4000;

if (field && pad && clear && kept) start(field, pad, clear, kept);

/**
 * @param {HTMLElement} place
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLButtonElement} clearButton
 * @param {HTMLInputElement} input
 */
function start(place, canvas, clearButton, input) {
  const context = canvas.getContext("2d");
  if (!context) return;
  place.hidden = false;
  /** @type {Point[][]} */
  let strokes = [];
  let drawing = false;

  /** @param {PointerEvent} event @returns {Point} */
  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.round(((event.clientX - box.left) / box.width) * canvas.width);
    const y = Math.round(((event.clientY - box.top) / box.height) * canvas.height);
    return [Math.min(Math.max(x, 0), canvas.width), Math.min(Math.max(y, 0), canvas.height)];
  };
  const count = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  const draw = () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 3;
    context.lineCap = "round";
    context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(x, y);
      context.stroke();
    }
  };

  try {
    strokes = input.value ? JSON.parse(input.value) : [];
    draw();
  } catch {
    strokes = [];
  }

  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([pointOf(event)]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing || count() >= MOST_POINTS) return;
    strokes[strokes.length - 1]?.push(pointOf(event));
    draw();
  });
  const end = () => {
    drawing = false;
    input.value = strokes.length ? JSON.stringify(strokes) : "";
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  clearButton.addEventListener("click", () => {
    strokes = [];
    input.value = "";
    draw();
  });
}
