// @ts-check
// One horizontal time axis for everything: circulation, oxygen, breathing, dose, predicted concentration, scores, events.
// Drawn as SVG at the size of the page, so that it is sharp, styled by the theme, and each point can be reached by keyboard.

import { svg } from "./svg.js";
import { spanOf, timeScale, timeTicks } from "./axis_scale.js";
import { circulationLane, measureLane, scoreLane } from "./axis_measured.js";
import { doseLane } from "./axis_dose.js";
import { eventLane } from "./axis_events.js";
import { AxisKeys } from "./axis_keys.js";
import { predictionLane } from "./axis_prediction.js";
import { clockTime } from "./time_words.js";
import { itemWords } from "./words.js";

/** @typedef {import("./session_state.js").SessionState} SessionState */

/**
 * @typedef {object} Model what the axis shows
 * @property {SessionState} state
 * @property {import("./axis_prediction.js").Prediction|null} prediction
 * @property {string} prediction_absence
 * @property {{item: string, due_at: number, status: string}[]} due
 * @property {{item: string, due_at: number, until: number, explained: boolean}[]} gaps
 */

/** Name, share of the height, and the words in the gutter. @type {[string, number, string[][]][]} */
const LANES = [
  ["phases", 0.055, []],
  [
    "circulation",
    0.29,
    [
      ["BP", "mmHg"],
      ["HR", "/min"],
    ],
  ],
  ["spo2", 0.105, [["SpO₂", "%"]]],
  ["breathing", 0.095, [["RR", "/min"]]],
  ["dose", 0.15, [["Dose", "mg"]]],
  ["prediction", 0.14, [["Predicted", "ng/mL"]]],
  [
    "scores",
    0.09,
    [
      ["Sedation", ""],
      ["Dissoc.", ""],
    ],
  ],
  ["events", 0.095, [["Events", ""]]],
];

const PHASE_WORDS = {
  scheduled: "Scheduled",
  preparing: "Preparing",
  ready: "Ready",
  dosing: "Dosing",
  paused: "Paused",
  recovery: "Recovery",
  discharged: "Discharged",
  signed: "Signed",
};

export class TimeAxis {
  /**
   * @param {HTMLElement} host
   * @param {{onChoose: (entry: import("./types.js").Entry) => void}} options
   */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    /** @type {"all"|number} */
    this.span = "all";
    /** @type {Model|null} */
    this.model = null;
    /**
     * What is drawn behind the marks of a lane.
     * @type {((name: string, frame: import("./axis_frame.js").Frame2D, scale: import("./axis_scale.js").ValueScale) => SVGElement|null)[]}
     */
    this.underlays = [];
    this.root = svg("svg", {
      class: "axis__drawing",
      role: "group",
      "aria-label": "Session on one time axis. Arrow keys go from point to point.",
    });
    host.append(this.root);
    this.keys = new AxisKeys(
      this.root,
      LANES.map(([name]) => name),
      options.onChoose,
    );
    new ResizeObserver(() => this.redraw()).observe(host);
  }

  /** @param {"all"|number} span minutes, or all */
  show(span) {
    this.span = span;
    this.redraw();
  }

  /** @param {Model} model @param {number} now */
  draw(model, now) {
    this.model = model;
    this.drawn_at = now;
    this.redraw();
  }

  /** Moves the now line; draws anew when it has gone far enough to see. @param {number} now */
  tick(now) {
    if (!this.model || !this.time) return;
    const moved_px = this.time.x(now) - this.time.x(this.drawn_at ?? now);
    this.drawn_at = moved_px > 1 ? now : this.drawn_at;
    if (moved_px > 1) this.redraw();
  }

  redraw() {
    const { model } = this;
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!model || width < 50 || height < 50) return;
    const now = this.drawn_at ?? 0;
    const { state } = model;
    const narrow = width < 560;
    const closed_at = state.phaseStartedAt("discharged");
    const { from, to } = spanOf({
      span: this.span,
      now,
      opened_at: state.opening?.at ?? null,
      first_dose_at: state.dose.first_dose_at,
      closed_at,
    });
    const left = narrow ? 58 : 96;
    const time = timeScale(from, to, left, width - 14);
    this.time = time;
    const foot = 22;
    const had_focus = this.root.contains(document.activeElement);
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.setAttribute("width", String(width));
    this.root.setAttribute("height", String(height));
    this.root.replaceChildren(
      svg("defs", {}, [
        svg("clipPath", { id: "axis-clip" }, [
          svg("rect", { x: left, y: 0, width: Math.max(width - 14 - left, 1), height }),
        ]),
        svg(
          "pattern",
          { id: "axis-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
          [svg("path", { class: "axis__hatch", d: "M0 0V6" })],
        ),
      ]),
    );
    this.keys.points = [];
    this.drawTimes(time, height - foot, now);
    let top = 2;
    for (const [name, share, words] of LANES) {
      const bottom = top + share * (height - foot - 4);
      this.drawLane(name, words, { time, top, bottom, now, gaps: model.gaps }, model, narrow);
      top = bottom;
    }
    this.drawNow(time, height - foot, now);
    this.drawDue(model.due, time, height - foot, now);
    this.keys.order(had_focus);
  }

  /**
   * @param {string} name
   * @param {string[][]} words
   * @param {import("./axis_frame.js").Frame2D} frame
   * @param {Model} model
   * @param {boolean} narrow
   */
  drawLane(name, words, frame, model, narrow) {
    const { time, top, bottom } = frame;
    this.root.append(svg("path", { class: "axis__rule", d: `M0 ${bottom}H${time.right}` }));
    const middle = (top + bottom) / 2;
    words.forEach(([word = "", unit = ""], index) => {
      const y =
        middle +
        (index - (words.length - 1) / 2) * (name === "scores" ? (bottom - top) * 0.48 : 34) -
        (unit && !narrow ? 3 : -4);
      this.root.append(
        svg("text", { class: `axis__name axis__name--${name}-${index}`, x: 2, y }, [
          narrow && word.length > 6 ? `${word.slice(0, 5)}.` : word,
        ]),
      );
      if (unit && !narrow) this.root.append(svg("text", { class: "axis__unit", x: 2, y: y + 14 }, [unit]));
    });
    const drawing = this.lane(name, frame, model);
    for (const underlay of this.underlays) {
      const behind = drawing.scale ? underlay(name, frame, drawing.scale) : null;
      if (behind) this.root.append(behind);
    }
    this.root.append(drawing.group);
    for (const one of drawing.points) {
      this.root.append(one.element);
      this.keys.points.push(one);
    }
  }

  /**
   * @param {string} name
   * @param {import("./axis_frame.js").Frame2D} frame
   * @param {Model} model
   * @returns {import("./axis_frame.js").Drawing}
   */
  lane(name, frame, model) {
    const { state } = model;
    switch (name) {
      case "phases":
        return { group: this.phases(state, frame), points: [] };
      case "circulation":
        return circulationLane(state, frame);
      case "spo2":
        return measureLane(state, frame, {
          measure: "spo2_percent",
          low: 86,
          high: 100,
          ticks: [90, 100],
          shape: "diamond",
          name,
        });
      case "breathing":
        return measureLane(state, frame, {
          measure: "respiratory_rate_per_min",
          low: 4,
          high: 30,
          ticks: [10, 30],
          shape: "cross",
          name,
        });
      case "dose":
        return doseLane(state, frame);
      case "prediction":
        return { group: predictionLane(model.prediction, frame, model.prediction_absence), points: [] };
      case "scores":
        return scoreLane(state, frame);
      default:
        return eventLane(state, frame);
    }
  }

  /** @param {SessionState} state @param {import("./axis_frame.js").Frame2D} frame */
  phases(state, { time, top, bottom, now }) {
    const group = svg("g", { class: "lane lane--phases" });
    state.phase_changes.forEach(({ at, phase }, index) => {
      const end = state.phase_changes[index + 1]?.at ?? Math.max(now, at);
      const [x0, x1] = [Math.max(time.x(at), time.left), Math.min(time.x(end), time.right)];
      if (x1 <= time.left || x0 >= time.right) return;
      group.append(
        svg("rect", {
          class: `axis__phase axis__phase--${phase}`,
          x: x0,
          y: top + 1,
          width: Math.max(x1 - x0 - 1, 1),
          height: bottom - top - 3,
          rx: 3,
        }),
      );
      if (x1 - x0 > PHASE_WORDS[phase].length * 7 + 8)
        group.append(
          svg("text", { class: `axis__phase-word axis__phase-word--${phase}`, x: x0 + 6, y: (top + bottom) / 2 + 4 }, [
            PHASE_WORDS[phase],
          ]),
        );
    });
    return group;
  }

  /** @param {import("./axis_scale.js").TimeScale} time @param {number} bottom @param {number} now */
  drawTimes(time, bottom, now) {
    const x_now = Math.min(time.x(now), time.right);
    if (x_now < time.right)
      this.root.append(
        svg("rect", { class: "axis__future", x: x_now, y: 0, width: time.right - x_now, height: bottom }),
      );
    for (const at of timeTicks(time)) {
      const x = time.x(at);
      this.root.append(svg("path", { class: "axis__time", d: `M${x} 0V${bottom}` }));
      if (Math.abs(x - x_now) > 44)
        this.root.append(
          svg("text", { class: "axis__clock", x, y: bottom + 16, "text-anchor": "middle" }, [clockTime(at)]),
        );
    }
  }

  /** @param {import("./axis_scale.js").TimeScale} time @param {number} bottom @param {number} now */
  drawNow(time, bottom, now) {
    const x = time.x(now);
    if (x < time.left || x > time.right) return;
    const chip = Math.min(Math.max(x, time.left + 22), time.right - 22);
    this.root.append(
      svg("g", { class: "axis__now" }, [
        svg("path", { d: `M${x} 0V${bottom}` }),
        svg("rect", { x: chip - 23, y: bottom + 2, width: 46, height: 19, rx: 4 }),
        svg("text", { x: chip, y: bottom + 16, "text-anchor": "middle" }, [clockTime(now)]),
      ]),
    );
  }

  /** Where the next readings will be due: small open triangles on the time line. */
  /** @param {Model["due"]} due @param {import("./axis_scale.js").TimeScale} time @param {number} bottom @param {number} now */
  drawDue(due, time, bottom, now) {
    for (const { item, due_at, status } of due) {
      const x = time.x(due_at);
      if (x < time.left || x > time.right || Math.abs(due_at - now) < 1000) continue;
      this.root.append(
        svg(
          "path",
          { class: `axis__due axis__due--${status}`, d: `M${x - 5} ${bottom + 1}H${x + 5}L${x} ${bottom - 7}Z` },
          [svg("title", {}, [`${itemWords(item)} due ${clockTime(due_at)}`])],
        ),
      );
    }
  }
}
