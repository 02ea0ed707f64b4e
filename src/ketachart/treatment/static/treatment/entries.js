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
 * What counts, in the order of effective times: events nobody corrected, and what replaced the others.
 * @param {Entry[]} charted
 * @param {Map<string, Entry[]>} corrections
 * @returns {Entry[]}
 */
export function standingFrom(charted, corrections) {
  /** @type {Entry[]} */
  const standing = [];
  for (const entry of charted) {
    if (corrections.has(entry.id)) continue;
    if (entry.kind !== CORRECTION) {
      standing.push(entry);
      continue;
    }
    const { target_id, replacement } = entry.content;
    if (!replacement) continue;
    const rivals = (corrections.get(target_id) ?? []).filter((one) => !corrections.has(one.id));
    if (rivals[rivals.length - 1] !== entry) continue;
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
