/* The places of whoever is signed in, the lists of today, and what this phone knows of a code. */
var DoorLists = (function () {
  "use strict";

  var DEADLINE_MS = 5000;
  var LIST_MS = 10000;
  var LISTS_MS = 150000;
  var MOST_LISTS = 12;

  var takenAt = 0;

  function takePlaces() {
    return DoorSync.request("GET", "/door", null, DEADLINE_MS).then(function (reply) {
      if (reply.status !== 200 || !Array.isArray(reply.body.occurrences)) {
        return false;
      }
      DoorState.shown.occurrences = reply.body.occurrences;
      DoorState.shown.staff = reply.body.staff;
      DoorState.shown.sessionOver = false;
      DoorState.skew = reply.body.now - Date.now();
      DoorState.shown.occurrences.forEach(function (each) { DoorState.keepAttendance(each.number, each.attendance); });
      return Promise.all([DoorStore.set("places", DoorState.shown.occurrences), DoorStore.set("skew", DoorState.skew), forgetLists(), DoorActs.retryRefused()])
        .catch(function () {}).then(function () { return true; });
    });
  }

  /* Lists of places that this person does not serve are none of theirs. */
  function forgetLists() {
    var strange = Object.keys(DoorState.lists).filter(function (number) { return !DoorState.place(Number(number)); });
    return Promise.all(strange.map(function (number) {
      delete DoorState.lists[number];
      return DoorStore.dropList(Number(number));
    }));
  }

  /* The chosen place first, then today's others, one after another. */
  function takeLists() {
    if (!DoorOffline.isAble || DoorState.failing || DoorState.shown.sessionOver) {
      return Promise.resolve();
    }
    takenAt = Date.now();
    var numbers = DoorState.shown.occurrences.filter(function (each) { return each.today && each.phase !== "cancelled" && each.number !== DoorState.shown.number; })
      .map(function (each) { return each.number; }).slice(0, MOST_LISTS);
    if (DoorState.place(DoorState.shown.number)) {
      numbers.unshift(DoorState.shown.number);
    }
    return numbers.reduce(function (before, number) {
      return before.then(function () { return takeList(number); });
    }, Promise.resolve()).then(DoorState.refresh);
  }

  function takeList(number) {
    if (DoorState.failing) {
      return null;
    }
    return DoorSync.request("GET", "/door/" + number + "/list", null, LIST_MS).then(function (reply) {
      if (reply.status !== 200 || !reply.body.key) {
        return null;
      }
      return DoorOffline.readList(reply.body, Date.now()).then(function (list) {
        DoorState.lists[number] = list;
        return DoorStore.saveList(list);
      });
    }).catch(function () {}); /* then the list lives as long as this page */
  }

  /* What this phone knows of a code: where it is on a list, and whether it was here before. */
  function gather(asked) {
    var number = DoorState.shown.number;
    var code = asked.code ? DoorOffline.read(asked.code) : { kind: "ref", text: asked.ref };
    var facts = { number: number, kind: code.kind, people: asked.people || 0, admitted: Boolean(asked.admitted), line: null,
      other: null, seen: null, party: null, time: timeOf(DoorState.place(number)), has_list: Boolean(DoorState.lists[number]) };
    return DoorOffline.partyOf(DoorState.deviceKey, number, code)
      .then(function (party) { facts.party = party; return DoorStore.ofParty(party); })
      .then(function (records) { facts.seen = seenIn(records); }, function () {})
      .then(function () { return code.kind === "ref" ? null : DoorOffline.look(DoorState.lists[number], code); })
      .then(function (line) { facts.line = line; return line || code.kind === "ref" ? null : elsewhere(code, number); })
      .then(function (other) { facts.other = other; return facts; }, function () { return facts; });
  }

  function seenIn(records) {
    return records.reduce(function (best, act) {
      if (act.undone || !act.came || (best && best.people >= act.came)) {
        return best;
      }
      return { people: act.came, at: act.cameAt, isWaiting: act.state === "waiting" };
    }, null);
  }

  /* The place that a ticket is for, among those whose lists this phone has. */
  function elsewhere(code, number) {
    var others = Object.keys(DoorState.lists).filter(function (each) { return Number(each) !== number; });
    return Promise.all(others.map(function (each) { return DoorOffline.look(DoorState.lists[each], code); })).then(function (lines) {
      var found = others.filter(function (each, index) { return lines[index]; })[0];
      return found ? DoorState.place(Number(found)) || { number: Number(found), title: "", when: "", venue: "" } : null;
    });
  }

  function timeOf(where) {
    if (!where || DoorState.skew === null) {
      return null;
    }
    var now = DoorState.corrected(Date.now());
    return where.opens_at && now < where.opens_at ? "too_early" : where.closes_at && now > where.closes_at ? "closed" : null;
  }

  /* Every few minutes, while somebody looks; and soon, when nothing else would find out that the network is back. */
  function keepFresh() {
    if (!document.hidden && (DoorState.failing || Date.now() - takenAt >= LISTS_MS)) {
      takePlaces().then(takeLists);
    }
  }

  return { takePlaces: takePlaces, takeLists: takeLists, gather: gather, keepFresh: keepFresh };
})();
