// @ts-check
// The sounds of the room, made on the device: they need no file and no network. Whether a device sounds is its own
// setting, because the tablet by the patient's head must stay quiet.

/** @typedef {"soon"|"due"|"overdue"|"caution"|"call"|"alarm"|"emergency"|"lost"} Signal */

const KEY = "ketachart.sound";
const BY_THE_HEAD = "ketachart.by_the_head";
const VOLUME = "ketachart.volume";
const VIBRATE = "ketachart.vibrate";
const LISTENS_FOR = "ketachart.listens_for";

const USUAL_VOLUME = 60;
const LOUDEST_GAIN = 0.5;

/** @type {Record<Signal, number[]>} milliseconds on and off */
const VIBRATIONS = {
  soon: [80],
  due: [120, 80, 120],
  overdue: [200, 100, 200],
  caution: [150, 100, 150],
  call: [400, 150, 400],
  alarm: [200, 100, 200, 100, 200],
  emergency: [300, 80, 300, 80, 300, 80, 300],
  lost: [500],
};

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
  caution: [
    [784, 0, 0.2],
    [660, 0.3, 0.2],
  ],
  call: [
    [523, 0, 0.25],
    [784, 0.3, 0.25],
    [523, 0.6, 0.25],
    [784, 0.9, 0.25],
  ],
  emergency: [
    [1175, 0, 0.1],
    [988, 0.14, 0.1],
    [1175, 0.28, 0.1],
    [988, 0.42, 0.1],
    [1175, 0.56, 0.1],
    [988, 0.7, 0.1],
    [1175, 0.84, 0.3],
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
    return !this.by_the_head && localStorage.getItem(KEY) !== "off";
  }

  /** Beside the patient's head: it never sounds and never shakes, whatever else is set. */
  get by_the_head() {
    return localStorage.getItem(BY_THE_HEAD) === "yes";
  }

  /** @param {boolean} yes */
  set by_the_head(yes) {
    localStorage.setItem(BY_THE_HEAD, yes ? "yes" : "no");
  }

  /** Percent of the loudest. */
  get volume() {
    const kept = Number(localStorage.getItem(VOLUME) ?? USUAL_VOLUME);
    return Number.isFinite(kept) && kept > 0 && kept <= 100 ? kept : USUAL_VOLUME;
  }

  /** @param {number} percent */
  set volume(percent) {
    localStorage.setItem(VOLUME, String(percent));
  }

  get vibrates() {
    return localStorage.getItem(VIBRATE) !== "off";
  }

  /** @param {boolean} on */
  set vibrates(on) {
    localStorage.setItem(VIBRATE, on ? "on" : "off");
  }

  /** Whose device this is: it sounds for an alarm only once that person has been told. @returns {string} */
  get listens_for() {
    return localStorage.getItem(LISTENS_FOR) ?? "nurse";
  }

  /** @param {string} rung */
  set listens_for(rung) {
    localStorage.setItem(LISTENS_FOR, rung);
  }

  /** @param {string[]} tell */
  hears(tell) {
    return this.listens_for === "nurse" || tell.includes(this.listens_for);
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
    document.dispatchEvent(new CustomEvent("ketachart:sound", { detail: signal }));
    if (this.vibrates && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(VIBRATIONS[signal]);
    const { context } = this;
    if (!context || context.state !== "running") return;
    const loud = (LOUDEST_GAIN * this.volume) / 100;
    for (const [hertz, start, length] of MELODIES[signal]) {
      const oscillator = new OscillatorNode(context, {
        frequency: hertz,
        type: signal === "alarm" || signal === "emergency" ? "triangle" : "sine",
      });
      const gain = new GainNode(context, { gain: 0 });
      const from = context.currentTime + start;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(loud, from + 0.02);
      gain.gain.setValueAtTime(loud, from + length - 0.03);
      gain.gain.linearRampToValueAtTime(0, from + length);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(from);
      oscillator.stop(from + length);
    }
  }
}
