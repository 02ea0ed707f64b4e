// Answers one line for one line: {frames, at, alerts} in, what the page's own modules make of them out.
import { createInterface } from "node:readline";

const [folder] = process.argv.slice(2);
const { SessionState, VITAL_MEASURES } = await import(`${folder}/session_state.js`);
const { deliveredMg, pumpEmptyAt, rateAt } = await import(`${folder}/dose.js`);
const { nextDose, numberOf } = await import(`${folder}/single_dose.js`);
const { dueItems, gaps } = await import(`${folder}/due.js`);
const { alarmsIn } = await import(`${folder}/alarms.js`);
const { presentAt } = await import(`${folder}/presence.js`);

for await (const line of createInterface({ input: process.stdin })) {
  const { frames, unsent = [], at, alerts, entry, alarm_rules = [] } = JSON.parse(line);
  const state = new SessionState(frames, unsent);
  const measures = [...VITAL_MEASURES, "sedation", "dissociation"];
  const answer = {
    standing: state.standing.map((entry) => [entry.id, entry.kind, entry.at, entry.corrects]),
    pending: state.standing.filter((entry) => entry.pending).map((entry) => entry.id),
    struck: state.struck.map(({ entry, corrections }) => [entry.id, corrections.map((one) => one.id)]),
    conflicts: state.conflicts.map((one) => [one.at, one.entry_ids, one.meaning]).sort(),
    phases: state.phase_changes.map((change) => [change.at, change.phase]),
    phase: state.phase,
    latest: Object.fromEntries(measures.map((measure) => [measure, state.latest(measure)?.value ?? null])),
    baseline: Object.fromEntries(measures.map((measure) => [measure, state.baseline(measure)?.value ?? null])),
    pump: state.dose.status,
    first_dose_at: state.dose.first_dose_at,
    delivered_mg: deliveredMg(state.dose, at),
    rate_mg_per_h: rateAt(state.dose, at)?.rate_mg_per_h ?? null,
    empty_at: pumpEmptyAt(state.dose),
    boluses: state.dose.boluses.map((one) => [one.entry_id, one.at, numberOf(one), one.held_until, one.then]),
    next_dose: listed(nextDose(state.dose.boluses, state.plan, state.weight_kg)),
    due: dueItems(state, at, alerts).map((item) => [item.item, item.due_at, item.status, item.tell, item.missing]),
    gaps: gaps(state, at, alerts).map((gap) => [gap.item, gap.due_at, gap.closed, gap.explanation !== null, gap.missing]),
    alarms: alarmsIn(state, alarm_rules, at, { alerts, entry }).map((alarm) => [alarm.id, alarm.causes.map((cause) => [cause.at, cause.name]), alarm.prescriber_at]),
    present: presentAt(state, at).map((stay) => stay.person),
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function listed(next) {
  return next && [next.number, next.of, next.dose_mg, next.not_before, next.left_mg];
}
