/* What is heard and felt: three sounds that differ without looking, three vibrations, and a screen that stays on.
   Browsers let a page sound only after a touch, so the sound begins with the first one. */
var Signals = (function () {
  "use strict";

  var SOUNDS = { /* [hertz, begins after s, lasts s, shape] */
    green: [[880, 0, 0.09, "sine"], [1320, 0.1, 0.14, "sine"]],
    amber: [[620, 0, 0.12, "triangle"], [620, 0.2, 0.12, "triangle"]],
    red: [[190, 0, 0.5, "square"]]
  };
  var SHAKES = { green: 60, amber: [90, 70, 90], red: 450 };

  var context = null;
  var isMuted = Page.recall("muted") === true;
  var lock = null;

  function wake() {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!context && Context) {
      context = new Context();
    }
    if (context && context.state === "suspended") {
      context.resume();
    }
  }

  function play(tone) {
    if (isMuted || !context || context.state !== "running") {
      return;
    }
    SOUNDS[tone].forEach(function (note) {
      var begins = context.currentTime + note[1];
      var source = context.createOscillator();
      var volume = context.createGain();
      source.type = note[3];
      source.frequency.value = note[0];
      volume.gain.setValueAtTime(0.35, begins);
      volume.gain.linearRampToValueAtTime(0.0001, begins + note[2]);
      source.connect(volume);
      volume.connect(context.destination);
      source.start(begins);
      source.stop(begins + note[2]);
    });
  }

  function give(tone) {
    play(tone);
    if (navigator.vibrate) {
      navigator.vibrate(SHAKES[tone]);
    }
  }

  function keepAwake() {
    if (!("wakeLock" in navigator) || document.hidden || lock) {
      return;
    }
    navigator.wakeLock.request("screen").then(function (given) {
      lock = given;
      given.addEventListener("release", function () {
        lock = null;
      });
    }).catch(function () {
      lock = null; /* low battery: the screen goes dark as on any page */
    });
  }

  function drawMute() {
    Page.byId("sound").setAttribute("aria-pressed", String(!isMuted));
    Page.write(Page.byId("sound-words"), Page.say(isMuted ? "sound.off" : "sound.on"));
  }

  function start() {
    ["touchend", "click", "keydown"].forEach(function (name) {
      document.addEventListener(name, wake, true);
    });
    Page.byId("sound").addEventListener("click", function () {
      isMuted = !isMuted;
      Page.remember("muted", isMuted);
      drawMute();
      play("green");
    });
    document.addEventListener("visibilitychange", keepAwake);
    drawMute();
    keepAwake();
  }

  return { start: start, give: give };
})();
