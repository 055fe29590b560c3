/** The entry of the web client. */
import compose from "./app/compose.mjs";

compose().run();
document.getElementById("app").toggleAttribute("data-started", true); // see late.js
