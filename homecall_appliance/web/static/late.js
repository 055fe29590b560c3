/**
 * Says so where the application does not start: its script did not come, or this browser cannot
 * read it. An ordinary script, in what browsers of 2016 can read, which is asked for after the
 * application, so that that has the connection on which the page has come.
 */
(function () {
  "use strict";
  const PATIENCE = 8000; // ms
  const app = function () {
    return document.getElementById("app");
  };

  function look() {
    document.getElementById("late").hidden = app().hasAttribute("data-ready");
  }

  /** What failed before this script came: "load" comes after both (HTML, section 13.2.7). */
  function lookBack() {
    if (!app().hasAttribute("data-started")) look();
  }

  window.addEventListener("error", look, true);
  window.addEventListener("unhandledrejection", look);
  window.addEventListener("load", lookBack);
  setTimeout(look, PATIENCE);
})();
