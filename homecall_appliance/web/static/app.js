/** The entry of the web client: names the root of the modules and starts the application. */

import Container from "./vendor/teqfw-di/esm.js";

const container = new Container();
container.addNamespaceRoot("HomeCall_Web_", new URL("./app", import.meta.url).href, ".mjs");

const app = await container.get("HomeCall_Web_Core_App$");
await app.run();
