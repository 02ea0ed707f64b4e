// @ts-check
// The emergency cards. Every step has a source; where no source that we read gives a dose, the card points to the clinic's
// own standing order and names none. "design" is an inference of this product's makers.

/** `otherwise` is what the step says where no pump runs. @typedef {{text: string, source: string, stops?: boolean, otherwise?: string}} Step */
/** @typedef {{id: string, title: string, icon: string, when: string, steps: Step[], order: string}} Card */

const LABEL = "Spravato prescribing information (S-03)";
const KETALAR = "Ketalar label (S-20)";
const RESCUE = "Ketachart fact base, section 4c, design";
const LARSON = "Larson 1998, Anesthesiology 89:1293; WikEM, Laryngospasm; Maimonides EM, Treating laryngospasm";
const SEIZURE = "UC Irvine epilepsy centre and UTMB Health, seizure first aid";
const FAINT = "Vanderbilt Health library and NHS Lanarkshire leaflet, vasovagal syncope";
const MOAAS = "MOAA/S ≤ 3: esketamine programme (S-08e, S-95)";

const NOTHING_MORE = "Give nothing more: no further part or device. What is in the mouth comes out.";

/** The steps as they can be done here: without a pump there is nothing to stop. @param {Step[]} steps @param {boolean} pump */
export const stepsFor = (steps, pump) =>
  steps.map((step) => (step.stops && !pump && step.otherwise ? { ...step, text: step.otherwise } : step));

/** What holds for every emergency, before the card is chosen. @type {Step[]} */
export const FIRST_STEPS = [
  { text: "Call for help. Stay with the patient.", source: RESCUE },
  { text: "Stop the infusion.", source: RESCUE, stops: true, otherwise: NOTHING_MORE },
  { text: "Look at breathing, SpO₂ and response to voice.", source: KETALAR },
  { text: "Have the airway equipment at the chair.", source: KETALAR },
];

/** @type {Card[]} */
export const CARDS = [
  {
    id: "hypertensive",
    title: "Very high blood pressure",
    icon: "gauge",
    when: "Systolic 180 or more, or diastolic 110 or more (Doherty 2020), or warning signs at any value",
    steps: [
      {
        text: "Warning signs? Chest pain, shortness of breath, sudden severe headache, visual disturbance, seizure, less awake, weakness on one side: emergency transfer at once.",
        source: LABEL,
      },
      { text: "Pause the infusion.", source: RESCUE, stops: true, otherwise: NOTHING_MORE },
      { text: "Reassure; treat anxiety first.", source: RESCUE },
      {
        text: "Measure again at a short interval. Call the prescriber.",
        source: "AL04, design; limits from Doherty 2020 (S-11)",
      },
    ],
    order: "Antihypertensive drug and dose: the clinic's own order. None of the sources read gives one.",
  },
  {
    id: "airway",
    title: "Airway, slow or no breathing",
    icon: "breathing",
    when: "SpO₂ under 93 % twice, breathing rate under 10, or MOAA/S 3 or less",
    steps: [
      { text: "Stop the infusion.", source: RESCUE, stops: true, otherwise: NOTHING_MORE },
      {
        text: "Stimulate: call the name, touch the shoulder.",
        source: "AL08, design; SpO₂ limit from esketamine trials (S-08c)",
      },
      { text: "Open the airway. Give oxygen.", source: RESCUE },
      { text: "Not breathing: emergency call, ventilate with bag and mask as trained.", source: KETALAR },
      { text: "One to one watch until awake.", source: MOAAS },
    ],
    order: "Oxygen flow and equipment: the clinic's own order.",
  },
  {
    id: "laryngospasm",
    title: "Laryngospasm",
    icon: "alarm",
    when: "Crowing or silent chest that moves against a closed throat; SpO₂ falls",
    steps: [
      {
        text: "Call for airway help. Stop the infusion and every stimulus.",
        source: LARSON,
        stops: true,
        otherwise: "Call for airway help. Stop every stimulus.",
      },
      {
        text: "Press firmly inwards and forwards behind both ear lobes, at the top of the notch, with jaw thrust.",
        source: LARSON,
      },
      { text: "Oxygen by tight mask with steady positive pressure.", source: LARSON },
      {
        text: "Not opening: emergency call. Deepening and muscle relaxation belong to an airway specialist.",
        source: LARSON,
      },
    ],
    order: "Drugs: the clinic's own order, by someone who can intubate.",
  },
  {
    id: "agitation",
    title: "Agitation, panic, emergence",
    icon: "mind",
    when: "Frightened, restless, trying to get up",
    steps: [
      { text: "Check SpO₂ and blood pressure first.", source: RESCUE },
      { text: "One calm voice. Name, place, “this is the medicine, it will pass”.", source: RESCUE },
      {
        text: "Less light, less noise, fewer people. Keep from falling.",
        source: "Emergence reaction, Ketalar label (S-20): quiet, low stimulation",
      },
      { text: "Slow or pause the infusion.", source: RESCUE, stops: true, otherwise: NOTHING_MORE },
    ],
    order:
      "Midazolam at most 2.5 mg by mouth or IM was the rescue in esketamine trials (S-08d). IV doses were not read: the clinic's own order.",
  },
  {
    id: "vomiting",
    title: "Vomiting",
    icon: "drop",
    when: "Vomiting or about to, above all when drowsy",
    steps: [
      { text: "Turn to the side, head low, clear the mouth.", source: RESCUE },
      { text: "Stop movement and turning of the chair.", source: RESCUE },
      {
        text: "Pause the infusion. Watch SpO₂ and breathing.",
        source: RESCUE,
        stops: true,
        otherwise: "Watch SpO₂ and breathing.",
      },
    ],
    order: "Antiemetic and dose: the clinic's own order. None of the sources read gives one.",
  },
  {
    id: "seizure",
    title: "Seizure",
    icon: "warning",
    when: "Jerking, stiff, not responding",
    steps: [
      {
        text: "Stop the infusion. Note the time: the clock on this card runs.",
        source: RESCUE,
        stops: true,
        otherwise: "Note the time: the clock on this card runs.",
      },
      { text: "Protect the head. Turn on the side. Nothing in the mouth, no holding down.", source: SEIZURE },
      {
        text: "First seizure, longer than 5 minutes, a second one, or trouble breathing: emergency call.",
        source: SEIZURE,
      },
      { text: "Afterwards: breathing and SpO₂; stay until fully awake.", source: RESCUE },
    ],
    order: "Benzodiazepine and dose: the clinic's own order.",
  },
  {
    id: "syncope",
    title: "Fainting",
    icon: "person",
    when: "Pale, sweating, slow pulse, or collapsed",
    steps: [
      { text: "Lie flat, raise the legs.", source: FAINT },
      {
        text: "Stop the infusion. Measure blood pressure, heart rate, SpO₂.",
        source: RESCUE,
        stops: true,
        otherwise: "Measure blood pressure, heart rate, SpO₂.",
      },
      { text: "Not awake at once, or not breathing: airway card and emergency call.", source: FAINT },
      { text: "Stay lying down for a while; sit up slowly.", source: FAINT },
    ],
    order: "Fluids and drugs: the clinic's own order.",
  },
];
