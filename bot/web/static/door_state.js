/* What the parts of the door share while the page is open, and what the page is told of it (DoorState.shown). */
var DoorState = (function () {
  "use strict";

  var it = {
    shown: {
      occurrences: [], number: null, online: true, waiting: 0, attention: 0, attendance: null, listAge: null,
      sessionOver: false, signIn: null, secure: DoorOffline.isAble, notice: "", staff: null
    },
    listeners: [],
    lists: {}, /* as they are kept (DoorStore), by place */
    faces: {}, /* id of an act -> name and digits of who was scanned on this page: shown, never written down */
    deviceKey: null,
    skew: null, /* the server's clock less ours, milliseconds */
    failing: false, /* the last question got no answer */
    isKept: true /* whether this phone can write things down */
  };
  var seen = {}; /* attendance as the server last told it, by place */

  function place(number) {
    return it.shown.occurrences.filter(function (each) { return each.number === number; })[0] || null;
  }

  function say() {
    it.listeners.forEach(function (listener) { listener(it.shown); });
  }

  function notice() {
    return !it.isKept ? DoorWords.say("notice.unsaved") : !DoorOffline.isAble ? DoorWords.say("notice.insecure") : "";
  }

  /* Counts of the queue, and n/N with what is not uploaded yet. */
  function refresh() {
    return Promise.all(["waiting", "asking", "attention"].map(function (name) { return DoorStore.inState(name); }))
      .catch(function () { return [[], [], []]; })
      .then(function (all) {
        it.shown.waiting = all[0].length + all[1].length;
        it.shown.attention = all[2].length;
        it.shown.attendance = withWaiting(seen[it.shown.number], all[0]);
        var list = it.lists[it.shown.number];
        it.shown.listAge = list ? Math.max(0, Date.now() - list.taken_at) : null;
        it.shown.online = !it.failing && navigator.onLine !== false;
        it.shown.notice = notice();
        say();
      });
  }

  function withWaiting(base, records) {
    if (!base) {
      return null;
    }
    var sum = Object.assign({}, base);
    records.forEach(function (record) {
      var adds = !record.undone && record.occurrence === it.shown.number && record.adds;
      if (adds) {
        sum.came += adds.came;
        sum.walk_ins += adds.walk_ins;
      }
    });
    return sum;
  }

  function keepAttendance(number, attendance) {
    if (number && attendance) {
      seen[number] = attendance;
    }
  }

  function corrected(at) {
    return at + (it.skew || 0);
  }

  function write(records, insteadOf) {
    return DoorStore.add(records, insteadOf).then(function () {
      it.isKept = true;
      return true;
    }, function () {
      it.isKept = false;
      return false;
    });
  }

  function isWorthAsking() {
    return navigator.onLine !== false && !it.failing && !it.shown.sessionOver;
  }

  [place, refresh, keepAttendance, corrected, write, isWorthAsking].forEach(function (each) { it[each.name] = each; });
  return it;
})();
