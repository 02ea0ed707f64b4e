// @ts-check
// The sounds of the room, made on the device: they need no file and no network. Whether a device sounds is its own
// setting, because the tablet by the patient's head must stay quiet.

/** @typedef {"soon"|"due"|"overdue"|"alarm"|"lost"} Signal */

const KEY = "ketachart.sound";

/** Hertz, start and length in seconds: each signal has its own rhythm, so that it is told apart without looking. */
/** @type {Record<Signal, [number, number, number][]>} */
const MELODIES = {
  soon: [[660, 0, 0.12]],
  due: [
    [660, 0, 0.14],
    [880, 0.18, 0.2],
  ],
  overdue: [
    [880, 0, 0.16],
    [880, 0.24, 0.16],
    [660, 0.48, 0.28],
  ],
  alarm: [
    [988, 0, 0.12],
    [988, 0.18, 0.12],
    [988, 0.36, 0.12],
    [784, 0.6, 0.12],
    [784, 0.78, 0.12],
  ],
  lost: [
    [520, 0, 0.3],
    [390, 0.34, 0.3],
    [290, 0.68, 0.5],
  ],
};

export class Sounder {
  constructor() {
    /** @type {AudioContext|null} */
    this.context = null;
    // a browser lets a page sound only after somebody has touched it
    addEventListener("pointerdown", () => this.wake(), { passive: true });
    addEventListener("keydown", () => this.wake());
  }

  /** @returns {boolean} */
  get on() {
    return localStorage.getItem(KEY) !== "off";
  }

  /** @param {boolean} on */
  set on(on) {
    localStorage.setItem(KEY, on ? "on" : "off");
  }

  /** Whether a signal would be heard now. */
  get ready() {
    return this.on && this.context?.state === "running";
  }

  wake() {
    if (!this.on) return;
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume().catch(() => {});
  }

  /** @param {Signal} signal */
  play(signal) {
    if (!this.on) return;
    if (navigator.userActivation?.hasBeenActive)
      navigator.vibrate?.(signal === "soon" ? 80 : signal === "due" ? [120, 80, 120] : [200, 100, 200, 100, 200]);
    const { context } = this;
    if (!context || context.state !== "running") return;
    for (const [hertz, start, length] of MELODIES[signal]) {
      const oscillator = new OscillatorNode(context, {
        frequency: hertz,
        type: signal === "alarm" ? "triangle" : "sine",
      });
      const gain = new GainNode(context, { gain: 0 });
      const from = context.currentTime + start;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(0.28, from + 0.02);
      gain.gain.setValueAtTime(0.28, from + length - 0.03);
      gain.gain.linearRampToValueAtTime(0, from + length);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(from);
      oscillator.stop(from + length);
    }
  }
}
