/**
 * Time that goes on while the device sleeps. performance.now() stands still meanwhile, except on
 * Windows (w3c/hr-time, issue 115); Date.now() does not, but may be set at any moment.
 */
export default class HomeCall_Web_Shared_Clock {
  /** @returns {object} this moment, for `since()` */
  mark() {
    return { steady: performance.now(), wall: Date.now() };
  }

  /** @returns {number} ms since then; too many where the clock was set forward meanwhile */
  since({ steady, wall }) {
    return Math.max(performance.now() - steady, Date.now() - wall);
  }
}
