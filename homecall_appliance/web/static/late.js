/**
 * Says so where the application does not start: a module did not come, or this browser cannot read
 * it. An ordinary script, in what browsers of 2016 can read.
 */
(function () {
  "use strict";
  const PATIENCE = 8000; // ms

  function look() {
    const ready = document.getElementById("app").hasAttribute("data-ready");
    document.getElementById("late").hidden = ready;
  }

  window.addEventListener("error", look, true);
  window.addEventListener("unhandledrejection", look);
  setTimeout(look, PATIENCE);
})();
