// @ts-check
// Who of the staff is in the room, and where nobody was: the same answer as treatment/presence.py.

/** @typedef {import("./session_state.js").SessionState} SessionState */
/** @typedef {{person: string, person_id: string|null, since: number, until: number|null}} Stay */

/** @param {SessionState} state @param {number} at @returns {Stay[]} every stay that had begun, oldest first */
export function stays(state, at) {
  /** @type {Map<string, Stay>} */
  const here = new Map();
  /** @type {Stay[]} */
  const found = [];
  for (const { at: when, content } of state.of("treatment.presence_charted")) {
    if (when > at) break;
    const who = content.person_id ?? content.person;
    const stay = here.get(who);
    if (content.in_room && !stay)
      here.set(who, { person: content.person, person_id: content.person_id ?? null, since: when, until: null });
    else if (!content.in_room && stay) {
      here.delete(who);
      found.push({ ...stay, until: when });
    }
  }
  return [...found, ...here.values()].sort(
    (a, b) => a.since - b.since || (a.person < b.person ? -1 : a.person > b.person ? 1 : 0),
  );
}

/** @param {SessionState} state @param {number} at */
export const presentAt = (state, at) => stays(state, at).filter((stay) => stay.until === null);

/**
 * Where nobody was logged, within the phases that ask for somebody.
 * @param {SessionState} state @param {string[]} phases @param {number} at @returns {{since: number, until: number|null}[]}
 */
export function alone(state, phases, at) {
  /** @type {{since: number, until: number|null}[]} */
  const found = [];
  for (const { start, end } of windows(state, phases, at)) {
    /** @type {number|null} */
    let free_from = start;
    for (const { since, until } of covered(state, at)) {
      if (until !== null && until <= start) continue;
      if (end !== null && since >= end) break;
      if (free_from !== null && since > free_from) found.push({ since: free_from, until: since });
      free_from = until;
      if (until === null) break;
    }
    if (free_from !== null && (end === null || free_from < end)) found.push({ since: free_from, until: end });
  }
  return found;
}

/** Stays joined where they touch or overlap: a hand-over leaves no gap. @param {SessionState} state @param {number} at */
function covered(state, at) {
  /** @type {{since: number, until: number|null}[]} */
  const joined = [];
  for (const stay of stays(state, at)) {
    const last = joined[joined.length - 1];
    if (last && (last.until === null || stay.since <= last.until))
      last.until = last.until === null || stay.until === null ? null : Math.max(last.until, stay.until);
    else joined.push({ since: stay.since, until: stay.until });
  }
  return joined;
}

/** @param {SessionState} state @param {string[]} phases @param {number} at */
function windows(state, phases, at) {
  /** @type {{start: number, end: number|null}[]} */
  const found = [];
  /** @type {number|null} */
  let start = null;
  for (const change of state.phase_changes) {
    if (change.at > at) break;
    if (phases.includes(change.phase)) start ??= change.at;
    else if (start !== null) {
      found.push({ start, end: change.at });
      start = null;
    }
  }
  if (start !== null) found.push({ start, end: null });
  return found;
}
