/** The entry of the web client. */
import compose from "./app/compose.mjs";

compose().run();
