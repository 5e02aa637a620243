/* The scanner's page: what it shows of the door, and which part does what. The door itself (lists, queue, network) is
   Door; this page only says what was done and shows the answer. */
(function () {
  "use strict";

  var state = { occurrences: [] };
  var SLOW_MS = 300;

  var stream = null; /* counts of this door as they change */
  var EARLY_MS = 10000; /* a code that came before the place was known is not lost */

  var early = null;
  var isStarted = false;
  var hasChosen = false;
  var slow = null;
  var busy = false; /* one scan at a time: answers come in the order of the codes */
  var wechat = null; /* whether its scanner can be opened; null: not known yet */
  var camera = { name: "off" };

  /* --- what happens ------------------------------------------------------------------------------------------------- */

  function place() {
    return state.occurrences.filter(function (each) { return each.number === state.number; })[0] || null;
  }

  function scan(asked, how) {
    if (!place()) {
      early = { asked: asked, at: Date.now() };
      if (isStarted) {
        Sheets.show("places", Page.byId("place"));
      }
      return Promise.resolve(null);
    }
    busy = true;
    slow = setTimeout(tell, SLOW_MS, "checking");
    return Door.scan(asked).then(function (answer) {
      (how && how.quietly ? Answer.showQuietly : Answer.show)(answer, asked);
      return answer;
    }).then(free, free);
  }

  function free(answer) {
    busy = false;
    clearTimeout(slow);
    tell(null);
    return answer;
  }

  function onCode(code, way) {
    if (busy) {
      return false;
    }
    scan({ code: code, way: way || "camera" });
    return true;
  }

  function walkIn(people, audience) {
    var number = state.number;
    Door.walkIn(people, audience).then(function (answer) {
      if (answer.tone === "red") {
        Sheets.count(number, audience, -people);
        Answer.show(answer, null);
        return;
      }
      Signals.give("green");
      var what = Page.say("walk.done", { audience: Page.say("audience." + audience), n: people });
      Page.announce(what);
    });
  }

  function tally(words) {
    return Door.tally(words).then(function (answer) {
      Answer.show(answer, null);
      return answer;
    });
  }

  function undo(act) {
    return Door.undo(act.id).then(function (answer) {
      if (answer.tone === "green") {
        undone(act);
      } else {
        Answer.show(answer, null);
      }
      return answer;
    });
  }

  function undone(act) {
    Answer.forgetAct(act.id);
    if (act.kind === "walk_in" && act.audience) {
      Sheets.count(act.occurrence || state.number, act.audience, -act.people);
    }
    Signals.give("green");
    Page.announce(Page.say("recent.undone"));
    if (Sheets.isOpen("recent")) {
      Sheets.drawRecent();
    }
  }

  /* --- what is shown of the door ------------------------------------------------------------------------------------ */

  function drawPlace() {
    var here = place();
    Page.write(Page.byId("place-name"), here ? Sheets.nameOf(here) : Page.say("place.none"));
  }

  function drawCounts() {
    var seen = state.attendance;
    var isFree = place() && place().phase === "no_sign_up";
    Page.show(Page.byId("came-box"), !isFree);
    Page.write(Page.byId("came"), seen ? seen.came : "\u2013");
    Page.write(Page.byId("expected"), seen ? seen.expected : "\u2013");
    Page.show(Page.byId("walk-ins-box"), Boolean(seen && (seen.walk_ins || isFree)));
    Page.write(Page.byId("walk-ins"), seen ? seen.walk_ins : 0);
    var hasLimit = Boolean(seen) && !isFree && seen.left !== null && seen.left !== undefined;
    Page.show(Page.byId("left-box"), hasLimit);
    Page.write(Page.byId("left"), hasLimit ? seen.left : "");
  }

  function drawNetwork() {
    var root = document.body.classList;
    root.toggle("is-offline", !state.online);
    root.toggle("has-waiting", state.waiting > 0);
    Page.write(Page.byId("net"), Page.say(state.online ? "net.on" : "net.off"));
    var queue = state.waiting ? Page.say("queue.some", { n: state.waiting }) : Page.say("queue.none");
    var trouble = state.attention ? " " + Page.say("queue.attention", { n: state.attention }) : "";
    Page.write(Page.byId("queue"), queue + trouble);
    var minutes = state.listAge === null || state.listAge === undefined ? null : Math.floor(state.listAge / 60000);
    Page.write(Page.byId("list-age"), state.notice || (minutes !== null && !state.online ? Page.say("list.age", { n: minutes }) : ""));
  }

  function drawSession() {
    Page.show(Page.byId("over"), Boolean(state.sessionOver));
    Page.write(Page.byId("over-words"), Page.say(state.waiting ? "over.some" : "over", { n: state.waiting }));
    Page.byId("over-link").href = signInUrl();
  }

  function signInUrl() {
    return (state.signIn || "/staff/sign-in").split("?")[0] + "?next=/staff/scan";
  }

  function draw(next) {
    state = next;
    drawPlace();
    drawCounts();
    drawNetwork();
    drawSession();
    drawWays();
    chooseOnce();
    Sheets.refreshWalk();
    if (Sheets.isOpen("recent")) {
      Sheets.drawRecent();
    }
  }

  /* --- the ways in: which are open, and the next one by itself ------------------------------------------------------ */

  function drawWays() {
    var isLive = camera.name === "live";
    var isWaiting = camera.name === "asking" || camera.name === "off";
    way("camera", isLive ? "open" : isWaiting ? "waiting" : "closed");
    way("wechat", wechat ? "open" : Ways.inWeChat ? (wechat === null ? "waiting" : "closed") : "elsewhere");
    way("photo", state.online || window.Decoder ? "open" : "offline");
    way("typed", "open");
    way("gun", "open");
  }

  function way(name, status) {
    var shown = Page.byId("way-" + name);
    Page.write(shown, Page.say("way." + status));
    shown.classList.toggle("is-closed", status !== "open" && status !== "waiting");
  }

  function drawCamera(next) {
    camera = next;
    var name = camera.name;
    var isLive = name === "live";
    var isTrouble = !isLive && name !== "asking" && name !== "hidden" && name !== "off";
    document.body.classList.toggle("is-live", isLive);
    document.body.classList.toggle("has-torch", isLive && camera.torch !== null);
    var words = Page.say("camera." + (isLive ? "ready" : name));
    Page.write(Page.byId("view-words"), isTrouble ? words + Page.say("camera.next") : words);
    Page.show(Page.byId("start-ways"), isTrouble || Boolean(wechat && !isLive));
    Page.show(Page.byId("start-camera"), name === "denied" || name === "busy" || name === "hidden");
    Page.show(Page.byId("start-photo"), isTrouble);
    Page.show(Page.byId("torch"), isLive && camera.torch !== null);
    Page.show(Page.byId("lens"), isLive && camera.lenses > 1);
    Page.byId("torch").setAttribute("aria-pressed", String(camera.torch === true));
    Page.write(Page.byId("torch-words"), Page.say(camera.torch ? "torch.on" : "torch.off"));
    drawWays();
  }

  function tell(key) {
    if (key) {
      Page.write(Page.byId("view-words"), Page.say(key));
    } else {
      drawCamera(camera);
    }
  }

  /* --- wiring ------------------------------------------------------------------------------------------------------- */

  function listen() {
    Page.byId("start-camera").addEventListener("click", function () { Camera.start(); });
    Page.byId("start-wechat").addEventListener("click", function () { Ways.scanByWeChat(tell); });
    Page.byId("photo").addEventListener("change", function () { Ways.takePhoto(this, tell); });
    Page.byId("torch").addEventListener("click", Camera.toggleTorch);
    Page.byId("lens").addEventListener("click", Camera.nextLens);
    Page.byId("sync").addEventListener("click", function () { Door.syncNow(); });
    Page.byId("forget").addEventListener("click", leave);
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" && event.key !== "Esc") {
        return;
      }
      if (Answer.isOpen()) {
        Answer.hide();
      } else {
        Sheets.close();
      }
    });
  }

  function leave() {
    Door.forget().then(function (done) {
      if (done === false || (done && done.refused)) {
        Page.write(Page.byId("help-note"), Page.say("out.refused", { n: state.waiting }));
      } else {
        location.href = "/staff/sign-in";
      }
    }, function () { Page.write(Page.byId("help-note"), Page.say("out.failed")); });
  }

  /* Once there is something to choose from, which without network may be later. */
  function chooseOnce() {
    if (!isStarted || hasChosen) {
      return;
    }
    hasChosen = state.occurrences.length > 0;
    if (hasChosen && Sheets.isOpen("places")) {
      Sheets.close(); /* what somebody is typing in stays */
    }
    if (hasChosen || !Sheets.isOpen()) {
      chooseFirst();
    }
  }

  /* One alone is chosen by itself, else the one that is open today, else what this phone had last. */
  function chooseFirst() {
    var all = state.occurrences;
    var before = Page.recall("place");
    var known = all.filter(function (each) { return each.number === before && each.today; })[0];
    var today = all.filter(function (each) { return each.today && each.phase !== "cancelled"; });
    var only = all.length === 1 ? all[0] : today.length === 1 ? today[0] : null;
    var first = known || only;
    if (first) {
      choose(first.number);
    } else if (!state.sessionOver) {
      Sheets.show("places", Page.byId("place"));
    }
  }

  function choose(number) {
    Page.remember("place", number);
    follow(number);
    return Door.choose(number).then(function () {
      var held = early;
      early = null;
      if (held && Date.now() - held.at < EARLY_MS) {
        scan(held.asked);
      }
    });
  }

  /* What other phones do at this door, as it happens; what waits on this one is added by Door. */
  function follow(number) {
    if (stream) {
      stream.close();
      stream = null;
    }
    if (window.Live && !state.sessionOver) {
      stream = Live.open("/staff/api/door/" + number + "/live", function (seen) {
        Door.attend(number, seen);
      }, function () { return undefined; });
    }
  }

  function start() {
    document.body.classList.add("is-ready");
    Answer.onAct = scan;
    Answer.onUndone = undone;
    Answer.start();
    Signals.start();
    Sheets.start({ scan: scan, walkIn: walkIn, tally: tally, undo: undo, choose: choose, place: place,
      chosen: function () { return state.number; }, isOnline: function () { return state.online !== false; } });
    listen();
    Ways.start(onCode);
    Camera.prepare({ onCode: onCode, onState: drawCamera });
    Camera.start();
    Door.onChange(draw);
    Door.start({ api: "/staff/api", words: Page.words }).then(function (first) {
      draw(first || state);
      if (state.sessionOver && !state.occurrences.length && !state.waiting) {
        location.replace(signInUrl()); /* nothing is on this phone yet */
        return;
      }
      isStarted = true;
      chooseOnce();
    });
    Ways.openWeChat(document.body.getAttribute("data-wechat")).then(function (isOpen) {
      wechat = isOpen;
      Page.show(Page.byId("start-wechat"), isOpen);
      drawCamera(camera);
    });
  }

  start();
})();
