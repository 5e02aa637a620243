/* Stand-in of the offline engineer's Door while that is built: talks to the API, keeps nothing. */
var Door = (function () {
  "use strict";
  var state = { occurrences: [], number: null, online: true, waiting: 0, attention: 0, attendance: null, listAge: null, sessionOver: false };
  var listeners = [];
  var acts = [];
  function tell() { listeners.forEach(function (fn) { fn(state); }); }
  function id() { return Math.random().toString(36).slice(2, 12) + "-" + Date.now(); }
  function send(act) {
    act.at = Date.now();
    act.id = id();
    return fetch("/staff/api/acts", { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-Shuqian": "1" },
      body: JSON.stringify({ device: "thin-door", now: Date.now(), acts: [act] }) })
      .then(function (r) { return r.json(); })
      .then(function (body) {
        var answer = body.answers[0];
        if (answer.attendance) { state.attendance = answer.attendance; }
        acts.unshift(Object.assign({ state: "sent" }, act, answer));
        if (act.kind === "undo" && answer.result === "undone") { acts.forEach(function (a) { if (a.id === act.of) { a.undone = true; } }); }
        tell();
        return answer;
      });
  }
  return {
    start: function () {
      return fetch("/staff/api/door", { credentials: "same-origin" }).then(function (r) {
        if (r.status === 401) { state.sessionOver = true; return { occurrences: [] }; }
        return r.json();
      }).then(function (d) { state.occurrences = d.occurrences; tell(); return state; });
    },
    occurrences: function () { return state.occurrences; },
    choose: function (number) {
      state.number = number;
      state.occurrences.forEach(function (o) { if (o.number === number) { state.attendance = o.attendance; } });
      tell();
      return Promise.resolve();
    },
    scan: function (asked) { return send(Object.assign({ kind: "scan", occurrence: state.number }, asked)); },
    walkIn: function (people, audience) { return send({ kind: "walk_in", occurrence: state.number, people: people, audience: audience }); },
    tally: function (words) { return send({ kind: "tally", occurrence: state.number, words: words }); },
    undo: function (of) { return send({ kind: "undo", of: of }); },
    recent: function () { return acts; },
    onChange: function (fn) { listeners.push(fn); },
    syncNow: function () { return Promise.resolve(); },
    forget: function () { return Promise.resolve(true); }
  };
})();
