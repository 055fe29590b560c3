/** Where each browser lets a person allow a page its devices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { install, load } from "./browser.mjs";

const Browser = await load("Env/Browser.mjs");
const APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const GOOGLE = "AppleWebKit/537.36 (KHTML, like Gecko)";

for (const [userAgent, maxTouchPoints, allowing] of [
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${APPLE} Version/18.5 Mobile/15E148 Safari/604.1`, 5, "allow.ios"],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${APPLE} CriOS/140.0 Mobile/15E148 Safari/604.1`, 5, "allow.ios_app"],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/18.5 Safari/605.1.15`, 5, "allow.ios"],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/18.5 Safari/605.1.15`, 0, "allow.safari"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", 5, "allow.firefox_phone"],
  [`Mozilla/5.0 (Linux; Android 10; K) ${GOOGLE} Chrome/142.0.0.0 Mobile Safari/537.36`, 5, "allow.chrome_phone"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", 0, "allow.firefox"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${GOOGLE} Chrome/142.0.0.0 Safari/537.36 Edg/142.0`, 0, "allow.chrome"],
  ["Lynx/2.9.2", undefined, "allow.other"],
]) {
  test(`${allowing}: ${userAgent}`, (t) => {
    install(t, { navigator: { userAgent, maxTouchPoints } });
    assert.equal(new Browser().allowing, allowing);
  });
}
