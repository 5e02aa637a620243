/* The screen at the door. ES5 only: it runs on old television browsers. Times are milliseconds.
   A code is shown only as long as the answer that brought it said; without network it is taken down, never left standing. */
(function () {
  "use strict";

  var POLL = 4000;
  var TIMEOUT = 3500;
  var TICK = 250;
  var STEP = 30000;
  var PHASES = /\bphase-\w+/;

  var screen = byId("screen");
  var words = byId("words");
  var url = screen.getAttribute("data-state-url");
  var state = JSON.parse(screen.getAttribute("data-state"));
  var answered = moments();
  var failing = false;
  var asking = false;
  var timer = null;

  function byId(id) {
    return document.getElementById(id);
  }

  function moments() {
    return { wall: new Date().getTime(), steady: window.performance && performance.now ? performance.now() : 0 };
  }

  /* The larger of two clocks: the steady one stops while a device sleeps, the wall clock may be set back. */
  function age() {
    var now = moments();
    return Math.max(now.wall - answered.wall, now.steady - answered.steady, 0);
  }

  function write(id, text) {
    var element = byId(id);
    if (element.textContent !== String(text)) {
      element.textContent = text;
    }
  }

  function show(id, visible) {
    var element = byId(id);
    if (visible) {
      element.removeAttribute("hidden");
    } else {
      element.setAttribute("hidden", "");
    }
  }

  function drawCode(code) {
    var box = byId("code");
    var parts = code ? [code.slice(0, 3), code.slice(3)] : ["– – –", "– – –"];
    if (box.textContent === parts.join("")) {
      return;
    }
    box.textContent = "";
    for (var i = 0; i < parts.length; i += 1) {
      var part = document.createElement("span");
      part.textContent = parts[i];
      box.appendChild(part);
    }
  }

  function drawPicture(qr) {
    var picture = byId("qr");
    if (!qr) {
      show("qr", false);
      return;
    }
    if (picture.getAttribute("src") !== qr) {
      picture.setAttribute("src", qr);
    }
    show("qr", true);
  }

  function drawEvent() {
    write("event", state.title);
    write("label", state.label);
    show("label", state.label !== "");
    write("when", state.when);
    write("how", state.how);
    write("beside", state.beside);
    show("beside", state.beside !== "");
    byId("title").className = "screen-title" + (state.is_long ? " is-long" : "");
  }

  function drawCounts() {
    write("came", state.came);
    write("expected", state.expected);
    write("walk-ins", state.walk_ins);
    show("walk-ins-box", state.walk_ins > 0);
    write("left", state.left === null ? "" : state.left);
    show("left-box", state.left !== null);
  }

  function drawClock(elapsed) {
    var minutes = Math.floor((state.clock_s + elapsed / 1000) / 60) % 1440;
    var hour = Math.floor(minutes / 60);
    var minute = minutes % 60;
    write("clock", (hour < 10 ? "0" : "") + hour + ":" + (minute < 10 ? "0" : "") + minute);
  }

  function drawOffline(isStale) {
    if (failing) {
      write("offline", words.getAttribute(isStale ? "data-stale" : "data-waiting"));
    }
    show("offline", failing);
  }

  function draw() {
    var elapsed = age();
    var isOpen = state.phase === "open";
    var isStale = isOpen && elapsed >= state.good_for_ms;
    var left = Math.max(0, state.next_in_ms - elapsed);
    screen.className = screen.className.replace(PHASES, "phase-" + state.phase).replace(/ is-stale/g, "") +
      (isStale ? " is-stale" : "");
    write("headline", state.headline);
    write("note", state.note);
    drawCode(isOpen && !isStale ? state.code : null);
    drawPicture(isOpen && !isStale ? state.qr : null);
    write("seconds", Math.ceil(left / 1000));
    byId("bar").style.width = (100 * left) / STEP + "%";
    drawClock(elapsed);
    drawOffline(isStale);
  }

  function askIn(delay) {
    if (timer !== null) {
      clearTimeout(timer);
    }
    timer = setTimeout(ask, delay);
  }

  function succeed(text, startedAt) {
    state = JSON.parse(text);
    answered = startedAt; /* counted from the question: the answer is never older than we think */
    failing = false;
    drawEvent();
    drawCounts();
    askIn(state.phase === "open" ? Math.min(POLL, state.next_in_ms + 150) : POLL);
  }

  function fail() {
    failing = true;
    askIn(2000);
  }

  function ask() {
    if (asking) {
      return;
    }
    asking = true;
    var startedAt = moments();
    var request = new XMLHttpRequest();
    request.open("GET", url, true);
    request.timeout = TIMEOUT;
    request.onreadystatechange = function () {
      if (request.readyState !== 4) {
        return;
      }
      asking = false;
      if (request.status === 200) {
        succeed(request.responseText, startedAt);
      } else {
        fail();
      }
      draw();
    };
    request.send();
  }

  setInterval(draw, TICK);
  draw();
  ask();
})();
