/* The door as the scanner's page sees it: what is done here is written down first, then asked online, else decided on
   this phone and uploaded later. Nothing here rejects: every act gets an answer.

   Door.start({api, words}) -> state        Door.onChange(fn(state))         Door.occurrences(), Door.choose(number)
   Door.scan({code | ref, people, admitted, way}), walkIn(people, audience), tally(words), undo(id) -> answer
   Door.recent() -> acts, the newest first  Door.dismiss(id): read           Door.syncNow()
   Door.forget() -> {refused, waiting}: sign out of this phone
   Door.attend(number, attendance): what a stream told of a place */
var Door = (function () {
  "use strict";

  var TICK_MS = 15000;
  var SIGN_OUT_MS = 5000;
  var KEPT_MS = 36 * 3600000;

  function tick() {
    DoorActs.sweep().catch(function () {}).then(DoorState.refresh);
    DoorLists.keepFresh();
  }

  function choose(number) {
    DoorState.shown.number = number;
    return DoorStore.set("chosen", number).catch(function () {}).then(DoorState.refresh).then(function () {
      DoorLists.takeLists();
      return DoorState.shown;
    });
  }

  function recall() {
    return Promise.all([DoorOffline.newDeviceKey().catch(function () { return null; })]).then(function (made) {
      return Promise.all([DoorStore.getOrSet("device", DoorOffline.newId()), DoorStore.getOrSet("key", made[0]), DoorStore.get("chosen"),
        DoorStore.get("places"), DoorStore.get("skew"), DoorStore.all("lists")]);
    }).then(function (known) {
      DoorState.deviceKey = known[1];
      DoorState.shown.number = known[2] || null;
      DoorState.shown.occurrences = known[3] || [];
      DoorState.skew = known[4] === undefined ? null : known[4];
      known[5].forEach(function (list) { DoorState.lists[list.number] = list; });
      DoorState.shown.occurrences.forEach(function (each) { DoorState.keepAttendance(each.number, each.attendance); });
      return DoorStore.prune(Date.now() - KEPT_MS).then(DoorActs.sweep).then(function () { return known[0]; });
    }).catch(function () {
      DoorState.isKept = false;
      return DoorOffline.newId();
    });
  }

  var hooks = {
    onNetwork: function (isOnline) {
      var changed = DoorState.failing === isOnline;
      DoorState.failing = !isOnline;
      if (changed) {
        DoorState.refresh();
      }
    },
    onOver: function (signIn) {
      DoorState.shown.sessionOver = true;
      DoorState.shown.signIn = signIn;
      DoorState.refresh();
    },
    onAnswers: function (pairs) { return DoorActs.settleAll(pairs, true); },
    onRefused: function (act, body) { return DoorActs.settleAll([[act, DoorActs.refusedWhole(act, body)]], true); }
  };

  function start(given) {
    DoorWords.use(given.words);
    return recall().then(function (device) {
      DoorSync.start({ api: given.api, device: device, hooks: hooks });
      setInterval(tick, TICK_MS);
      window.addEventListener("online", function () { DoorState.failing = false; DoorState.refresh(); });
      window.addEventListener("offline", DoorState.refresh);
      register();
      return DoorLists.takePlaces();
    }).then(function () {
      DoorLists.takeLists();
      DoorSync.soon();
      return DoorState.refresh();
    }).then(function () { return DoorState.shown; });
  }

  /* The page opens without network where browsers can do that; where they cannot, nothing is lost. */
  function register() {
    if (navigator.serviceWorker && window.isSecureContext !== false) {
      navigator.serviceWorker.register("/staff/worker.js", { scope: "/staff/" }).catch(function () {});
    }
  }

  /* Sign out: everything on this phone is wiped, unless something was never uploaded. */
  function forget() {
    return DoorStore.wipe().then(function (held) {
      if (held) {
        return { refused: true, waiting: held };
      }
      DoorState.lists = {};
      DoorState.faces = {};
      return DoorSync.request("POST", "/sign-out", {}, SIGN_OUT_MS).then(function () { return { refused: false }; });
    });
  }

  return {
    start: start, choose: choose, forget: forget, scan: DoorScan.scan, walkIn: DoorCounts.walkIn, tally: DoorCounts.tally,
    undo: DoorCounts.undo, recent: DoorActs.recent, dismiss: DoorActs.dismiss,
    occurrences: function () { return DoorState.shown.occurrences; },
    attend: function (number, seen) { DoorState.keepAttendance(number, seen); return DoorState.refresh(); },
    onChange: function (listener) { DoorState.listeners.push(listener); },
    syncNow: function () { DoorSync.soon(); return DoorLists.takePlaces().then(DoorLists.takeLists); }
  };
})();
