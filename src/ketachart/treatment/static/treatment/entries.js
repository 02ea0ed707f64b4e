// @ts-check
// From what was charted to what counts: corrections strike their target through, and nothing leaves the record.

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Unsent} Unsent */
/** @typedef {import("./types.js").Entry} Entry */

export const CORRECTION = "treatment.event_corrected";

/** Effective time, then the id, which every device makes in time order: the same everywhere.
 * @param {Entry} a @param {Entry} b */
export function byEffectiveTime(a, b) {
  return a.at - b.at || byId(a, b);
}

/** @param {Entry} a @param {Entry} b */
export function byId(a, b) {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** @param {Frame} frame @returns {Entry} */
export function entryFromFrame(frame) {
  return {
    id: frame.id,
    kind: frame.kind,
    content: frame.content,
    at: Date.parse(frame.effective_at),
    recorded_at: frame.recorded_at ? Date.parse(frame.recorded_at) : null,
    number: frame.number ?? 0,
    author_name: frame.author_name,
    source: frame.source ?? "person",
    device: frame.device,
    pending: false,
    corrects: null,
  };
}

/** @param {Unsent} event @returns {Entry} */
export function entryFromUnsent(event) {
  return {
    id: event.id,
    kind: event.kind,
    content: event.content,
    at: Date.parse(event.effective_at),
    recorded_at: null,
    number: 0,
    author_name: event.author_name,
    source: "person",
    device: event.device,
    pending: event.status === "pending",
    corrects: null,
  };
}

/**
 * @param {Frame[]} frames
 * @param {Unsent[]} unsent
 * @returns {Entry[]} each event once, as it arrived
 */
export function chartedFrom(frames, unsent) {
  /** @type {Map<string, Entry>} */
  const charted = new Map();
  for (const frame of frames) if (!charted.has(frame.id)) charted.set(frame.id, entryFromFrame(frame));
  for (const event of unsent) {
    const waits = event.status === "pending" || event.status === "acknowledged";
    if (waits && !charted.has(event.id)) charted.set(event.id, entryFromUnsent(event));
  }
  return [...charted.values()];
}

/**
 * @param {Entry[]} charted
 * @returns {Map<string, Entry[]>} target id to its corrections, the latest last
 */
export function correctionsIn(charted) {
  /** @type {Map<string, Entry[]>} */
  const corrections = new Map();
  for (const entry of charted) {
    if (entry.kind !== CORRECTION) continue;
    const known = corrections.get(entry.content.target_id);
    if (known) known.push(entry);
    else corrections.set(entry.content.target_id, [entry]);
  }
  for (const list of corrections.values()) list.sort(byId);
  return corrections;
}

/**
 * Which correction counts: an entry and all that was said about it later are one thread, and its last word counts
 * (record/corrections.py says the same).
 * @param {Map<string, Entry[]>} corrections
 * @returns {Entry[]} the last word of each thread
 */
export function lastWords(corrections) {
  const every = new Map([...corrections.values()].flat().map((one) => [one.id, one]));
  /** @type {Map<string, Entry>} */
  const last = new Map();
  for (const correction of every.values()) {
    let first = correction.id;
    const passed = new Set();
    for (let one = every.get(first); one && !passed.has(first); one = every.get(first)) {
      passed.add(first);
      first = one.content.target_id;
    }
    const known = last.get(first);
    if (!known || known.id < correction.id) last.set(first, correction);
  }
  return [...last.values()];
}

/**
 * What counts, in the order of effective times: events nobody corrected, and what replaced the others.
 * @param {Entry[]} charted
 * @param {Map<string, Entry[]>} corrections
 * @returns {Entry[]}
 */
export function standingFrom(charted, corrections) {
  const counting = new Set(lastWords(corrections));
  /** @type {Entry[]} */
  const standing = [];
  for (const entry of charted) {
    if (entry.kind !== CORRECTION) {
      if (!corrections.has(entry.id)) standing.push(entry);
      continue;
    }
    const { target_id, replacement } = entry.content;
    if (!replacement || !counting.has(entry)) continue;
    standing.push({
      ...entry,
      kind: replacement.kind,
      content: replacement.content,
      at: Date.parse(replacement.effective_at),
      corrects: target_id,
    });
  }
  return standing.sort(byEffectiveTime);
}
