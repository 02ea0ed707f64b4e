// @ts-check
// The shapes that the modules of the room share. Nothing runs here.

/**
 * One event of the record, as the live lane sends it.
 * @typedef {object} Frame
 * @property {string} id UUIDv7, made where it was charted
 * @property {string} stream the session's id
 * @property {number} number place within the session, from 1, without gaps
 * @property {string} kind e.g. "treatment.vitals_charted"
 * @property {string} effective_at when it happened (ISO-8601, UTC)
 * @property {string} recorded_at when the server had it
 * @property {string} author_name
 * @property {string} [author]
 * @property {string} [clinic]
 * @property {string} device
 * @property {"person"|"monitor"|"pump"|"import"|"server"} source
 * @property {Record<string, any>} content
 */

/**
 * An event charted on this device that the server has not acknowledged yet.
 * @typedef {object} Unsent
 * @property {string} id
 * @property {string} session_id
 * @property {number} sequence order of charting on this device
 * @property {string} kind
 * @property {string} effective_at
 * @property {Record<string, any>} content
 * @property {string} device
 * @property {string} user_id who charted it: sent only under this person's sign-in
 * @property {string} author_name
 * @property {"pending"|"acknowledged"|"refused"|"conflict"} status
 * @property {number|null} number the server's number once acknowledged
 * @property {Problem|null} problem
 */

/**
 * What the server found wrong with an event.
 * @typedef {object} Problem
 * @property {string|null} field
 * @property {string} problem
 * @property {string|null} fix
 */

/**
 * @typedef {object} SendResult
 * @property {string} id
 * @property {"created"|"already"|"refused"|"conflict"} status
 * @property {number|null} number
 * @property {number|null} position
 * @property {Problem|null} problem
 */

/**
 * What may be charted for one measured value, as the server's protocol says: outside minimum..maximum is refused,
 * outside the usual range asks for confirmation. No bound is made up in the browser.
 * @typedef {object} EntryLimit
 * @property {string} label
 * @property {string} unit
 * @property {number} minimum
 * @property {number} maximum
 * @property {number|null} [usual_minimum]
 * @property {number|null} [usual_maximum]
 * @property {boolean} [whole]
 */

/**
 * One charted event as the session sees it: a frame, or an unsent event of this device.
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} kind
 * @property {Record<string, any>} content
 * @property {number} at effective time, ms since 1970
 * @property {number|null} recorded_at
 * @property {number} number 0 while it is not on the server
 * @property {string} author_name
 * @property {string} source
 * @property {string} device
 * @property {boolean} pending
 * @property {string|null} corrects what this entry stands in for
 */

export {};
