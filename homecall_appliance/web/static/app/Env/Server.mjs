/** What the page asks the appliance by HTTP. */

const TIMEOUT = 4000; // ms

export default class HomeCall_Web_Env_Server {
  /**
   * @param {?string} sessionId the session in which this page takes part
   * @returns {Promise<object>} /config.json; rejects where it does not come
   */
  config(sessionId) {
    const query = sessionId ? `?${new URLSearchParams({ session: sessionId })}` : "";
    return fetchJson(`config.json${query}`);
  }

  /**
   * @param {"ru"|"en"} language
   * @returns {Promise<Record<string, string>>} its texts; rejects where they do not come
   */
  texts(language) {
    return fetchJson(`texts/${language}.json`);
  }

  /** @returns {Promise<?string>} its version at this moment; null: it does not answer */
  version() {
    return told(fetchJson("version.json"), "version");
  }

  /** @returns {Promise<?string>} the mark of its run at this moment; null: it does not answer */
  run() {
    return told(this.config(null), "run");
  }

  /** @returns {Promise<boolean>} whether it answers at this moment */
  async answers() {
    return (await this.version()) !== null;
  }
}

/** Fetch what must be fresh, or fail after a while. Safari has AbortSignal.timeout() since 16. */
async function fetchJson(path) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const response = await fetch(path, { cache: "no-store", signal: abort.signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

async function told(answer, name) {
  try {
    return (await answer)[name] ?? null;
  } catch {
    return null;
  }
}
