/* The camera: open, choice of lens, torch, and reading codes picture by picture until the page is hidden.
   Nothing here rejects: what goes wrong becomes a state, and the page says the next way. */
var Camera = (function () {
  "use strict";

  var AWAY_MS = 1500; /* a code that was not seen for so long has left the picture */
  var SIDE_BY_SIDE_MS = 1000; /* the second of two codes in one picture waits until the first answer was seen */
  var REST_MS = 40; /* between two pictures, so that an old phone stays cool and its page answers to touch */
  var PROBLEMS = { NotAllowedError: "denied", PermissionDeniedError: "denied", SecurityError: "denied",
    NotFoundError: "none", DevicesNotFoundError: "none", OverconstrainedError: "none",
    NotReadableError: "busy", TrackStartError: "busy", AbortError: "busy" };

  var video = Page.byId("video");
  var state = { name: "off", torch: null, lenses: 0 };
  var stream = null;
  var wanted = false;
  var resting = false;
  var opening = null;
  var decoder = null;
  var seen = {}; /* text of a code: when it was last in the picture */
  var emittedAt = 0;
  var timer = null;
  var onCode = function () { return true; };
  var onState = function () { return undefined; };

  function tell(name) {
    state.name = name;
    onState(state);
  }

  function problemOf(error) {
    return PROBLEMS[error && error.name] || "none";
  }

  function openDecoder() {
    if (!window.Decoder) {
      return Promise.reject(new Error("no decoder"));
    }
    if (!decoder) {
      decoder = Promise.resolve(Decoder.open()).then(function (opened) { return opened || Decoder; });
      decoder.catch(function () { decoder = null; });
    }
    return decoder;
  }

  function textsOf(found) {
    return (found ? [].concat(found) : []).map(function (code) {
      return typeof code === "string" ? code : code.text || code.rawValue || "";
    }).filter(Boolean);
  }

  function decode(source) {
    return openDecoder().then(function (opened) { return opened.decode(source); }).then(textsOf);
  }

  /* --- the stream ------------------------------------------------------------------------------------------------- */

  function constraints(lens) {
    var picture = { width: { ideal: 1280 }, height: { ideal: 720 } };
    if (lens) {
      picture.deviceId = { exact: lens };
    } else {
      picture.facingMode = { ideal: "environment" };
    }
    return { audio: false, video: picture };
  }

  function ask() {
    var lens = Page.recall("lens");
    return navigator.mediaDevices.getUserMedia(constraints(lens)).catch(function (error) {
      if (!lens || problemOf(error) !== "none") {
        throw error;
      }
      Page.remember("lens", null); /* that lens is gone: any other */
      return navigator.mediaDevices.getUserMedia(constraints(null));
    });
  }

  function start() {
    wanted = true;
    if (stream || opening || document.hidden) {
      return opening || Promise.resolve();
    }
    if (!window.isSecureContext && location.protocol !== "https:") {
      tell("insecure");
      return Promise.resolve();
    }
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      tell("unsupported");
      return Promise.resolve();
    }
    tell("asking");
    openDecoder().catch(function () { return null; }); /* both take a while: side by side */
    opening = ask().then(show).catch(function (error) {
      release();
      tell(problemOf(error));
    }).then(function () { opening = null; });
    return opening;
  }

  function show(given) {
    stream = given;
    if (!wanted || document.hidden) {
      release();
      return tell("hidden");
    }
    var track = given.getVideoTracks()[0];
    track.addEventListener("ended", function () {
      if (stream === given) {
        release();
        tell("busy");
      }
    });
    video.srcObject = given;
    return Promise.resolve(video.play()).then(function () {
      return Promise.all([openDecoder(), learnLenses(track)]);
    }).then(function () {
      tell("live");
      look();
    }, function (error) {
      var isPicture = error && error.name === "NotAllowedError"; /* play() wants a touch first */
      release();
      tell(isPicture ? "denied" : "undecodable");
    });
  }

  function learnLenses(track) {
    var can = track.getCapabilities ? track.getCapabilities() : {};
    var facing = (track.getSettings ? track.getSettings() : {}).facingMode;
    state.torch = can.torch ? false : null;
    document.body.classList.toggle("is-mirrored", facing === "user");
    return navigator.mediaDevices.enumerateDevices().then(function (devices) {
      state.lenses = devices.filter(function (device) { return device.kind === "videoinput"; }).length;
    }).catch(function () { state.lenses = 1; });
  }

  function release() {
    clearTimeout(timer);
    if (stream) {
      stream.getTracks().forEach(function (track) { track.stop(); });
    }
    stream = null;
    video.srcObject = null;
    state.torch = null;
  }

  function nextLens() {
    return navigator.mediaDevices.enumerateDevices().then(function (devices) {
      var lenses = devices.filter(function (device) { return device.kind === "videoinput"; })
        .map(function (device) { return device.deviceId; });
      var now = stream && stream.getVideoTracks()[0].getSettings().deviceId;
      Page.remember("lens", lenses[(lenses.indexOf(now) + 1) % lenses.length]);
      release();
      return start();
    });
  }

  function toggleTorch() {
    var lit = !state.torch;
    return stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: lit }] }).then(function () {
      state.torch = lit;
    }, function () {
      state.torch = null; /* it said it could, and cannot */
    }).then(function () { onState(state); });
  }

  /* --- reading ---------------------------------------------------------------------------------------------------- */

  function look() {
    clearTimeout(timer);
    if (!stream) {
      return;
    }
    if (resting || video.readyState < 2) {
      timer = setTimeout(look, REST_MS);
      return;
    }
    var takenAt = performance.now();
    decode(video).then(function (texts) {
      if (stream && !resting) {
        sort(texts, takenAt);
      }
    }, function () {
      if (stream && window.Decoder && Decoder.kind === "none") { /* else it was one unreadable picture */
        release();
        tell("undecodable");
      }
    }).then(function () {
      timer = setTimeout(look, REST_MS);
    });
  }

  /* The same code counts once for as long as it stays in the picture. */
  function sort(texts, takenAt) {
    var fresh = texts.filter(function (text) { return !(takenAt - seen[text] < AWAY_MS); });
    texts.forEach(function (text) {
      if (fresh.indexOf(text) < 0) {
        seen[text] = takenAt;
      }
    });
    var isBeside = fresh.length < texts.length && takenAt - emittedAt < SIDE_BY_SIDE_MS;
    if (fresh.length && !isBeside) {
      mark();
      if (onCode(fresh[0]) !== false) {
        seen[fresh[0]] = takenAt;
        emittedAt = takenAt;
      }
    }
    Object.keys(seen).forEach(function (text) {
      if (takenAt - seen[text] > 10 * AWAY_MS) {
        delete seen[text];
      }
    });

    function mark() {
      if (window.performance && performance.mark) {
        performance.clearMarks("code");
        try {
          performance.mark("code", { startTime: takenAt }); /* when the picture was taken, not when it was read */
        } catch (error) {
          performance.mark("code");
        }
      }
    }
  }

  function rest(isResting) {
    resting = isResting;
  }

  function watchPage() {
    document.addEventListener("visibilitychange", function () {
      if (document.hidden && stream) {
        release(); /* others may want the camera, and the battery lasts */
        tell("hidden");
      } else if (!document.hidden && wanted && !stream) {
        start();
      }
    });
    window.addEventListener("pagehide", release);
    window.addEventListener("pageshow", function (event) {
      if (event.persisted && wanted && !stream) {
        start();
      }
    });
  }

  function prepare(handlers) {
    onCode = handlers.onCode;
    onState = handlers.onState;
    watchPage();
  }

  return { prepare: prepare, start: start, rest: rest, nextLens: nextLens, toggleTorch: toggleTorch, decode: decode };
})();
