/* The door as the scanner's page sees it: what is done here is written down first, then asked online with a deadline,
   else decided on this phone and uploaded later. Nothing here rejects: every act gets an answer.

   A scan that got no answer is never sent again as it was: it would be decided hours later and could check in somebody
   who was turned away. It is replaced by what this phone told: `admitted: true`, or `refused: <why>`. */
var Door = (function () {
  "use strict";

  var DEADLINE_MS = 2500;
  var ABANDONED_MS = 30000;
  var LISTS_MS = 150000;
  var KEPT_MS = 36 * 3600000;
  var UNDO_MS = 600000;
  var MOST_LISTS = 12;
  var MOST_RECENT = 40;
  var PLAIN = { ok: 1, duplicate: 1, already: 1, undone: 1 };

  var listeners = [];
  var lists = {};
  var faces = {}; /* id -> name and digits of who was scanned on this page: shown, never written down */
  var deviceKey = null;
  var skew = null; /* the server's clock less ours, milliseconds */
  var failing = false;
  var isKept = true; /* whether this phone can write things down */
  var listsAt = 0;
  var seen = {}; /* attendance as the server last told it, by place */
  var state = {
    occurrences: [], number: null, online: true, waiting: 0, attention: 0, attendance: null, listAge: null,
    sessionOver: false, signIn: null, secure: DoorOffline.isAble, notice: "", staff: null
  };

  /* --- what the page is told ---------------------------------------------------------------------------------------- */

  function place(number) {
    return state.occurrences.filter(function (each) { return each.number === number; })[0] || null;
  }

  function say() {
    listeners.forEach(function (listener) { listener(state); });
  }

  function notice() {
    return !isKept ? DoorWords.say("notice.unsaved") : !DoorOffline.isAble ? DoorWords.say("notice.insecure") : "";
  }

  /* Counts of the queue, and n/N with what is not uploaded yet. */
  function refresh() {
    return Promise.all(["waiting", "asking", "attention"].map(function (name) { return DoorStore.inState(name); }))
      .catch(function () { return [[], [], []]; })
      .then(function (all) {
        state.waiting = all[0].length + all[1].length;
        state.attention = all[2].length;
        state.attendance = withWaiting(seen[state.number], all[0]);
        var list = lists[state.number];
        state.listAge = list ? Math.max(0, Date.now() - list.taken_at) : null;
        state.online = !failing && navigator.onLine !== false;
        state.notice = notice();
        say();
      });
  }

  function withWaiting(base, records) {
    if (!base) {
      return null;
    }
    var sum = Object.assign({}, base);
    records.forEach(function (record) {
      var adds = !record.undone && record.occurrence === state.number && record.adds;
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

  /* --- acts --------------------------------------------------------------------------------------------------------- */

  function record(kind, body, more) {
    var id = DoorOffline.newId();
    var at = Date.now();
    return Object.assign({ id: id, kind: kind, at: at, occurrence: state.number, body: Object.assign({ id: id, kind: kind, at: at }, body) }, more);
  }

  function corrected(at) {
    return at + (skew || 0);
  }

  function write(records, insteadOf) {
    return DoorStore.add(records, insteadOf).then(function () {
      isKept = true;
      return true;
    }, function () {
      isKept = false;
      return false;
    });
  }

  function isWorthAsking() {
    return navigator.onLine !== false && !failing && !state.sessionOver;
  }

  /* One act online: its answer, or null when there was none in time. */
  function ask(act) {
    return DoorSync.post([act.body], DEADLINE_MS).then(function (reply) {
      var answers = reply.status === 200 && reply.body.answers;
      if (answers && answers[0] && answers[0].id === act.id) {
        return answers[0];
      }
      if (reply.status >= 400 && reply.status < 500 && [401, 403, 408, 429].indexOf(reply.status) < 0) {
        return refusedWhole(act, reply.body);
      }
      return null;
    });
  }

  function refusedWhole(act, body) {
    var detail = [body.error, body.advice].filter(Boolean).join("\u3002") || DoorWords.say("strange");
    return { id: act.id, kind: act.kind, result: "invalid", tone: "red", word: DoorWords.say("word.unsaved"), detail: detail,
      may_admit: false, may_add: false };
  }

  /* What an answer makes of a record. `isLate`: nobody looks at the screen for it any more. */
  function settled(act, answer, isLate) {
    act.result = answer.result;
    act.tone = answer.tone;
    act.word = answer.word;
    if (act.kind === "scan") {
      act.people = answer.people || 0;
      act.came = act.undone || (answer.tone === "red" && !act.body.admitted) ? 0 : answer.result === "ok" || answer.result === "already" || act.body.admitted ? act.people : 0;
      act.cameAt = answer.before ? answer.before.at : corrected(act.at);
    }
    var isFine = PLAIN[answer.result] || answer.result === act.known || (act.body && act.body.refused) || act.isSilent;
    act.state = isLate && !isFine ? "attention" : "sent";
    if (act.state === "attention") {
      act.detail = answer.detail;
    }
    if (answer.result !== "not_served") {
      forgetCode(act);
    }
  }

  /* Tickets leave the phone with the upload. */
  function forgetCode(act) {
    delete act.body;
    if (String(act.party).indexOf("plain:") === 0) {
      delete act.party;
    }
  }

  function settleAll(pairs, isLate) {
    var changes = {};
    var taken = {};
    pairs.forEach(function (pair) {
      var answer = pair[1];
      changes[answer.id] = function (act) { settled(act, answer, isLate); };
      keepAttendance(answer.number || pair[0].occurrence, answer.attendance);
      if (pair[0].kind === "undo" && answer.result === "nothing_to_undo") {
        taken[pair[0].of] = true;
      }
    });
    Object.keys(taken).forEach(function (id) {
      changes[id] = changes[id] || function (act) { act.undone = false; };
    });
    return DoorStore.change(changes).then(refresh);
  }

  /* --- scans -------------------------------------------------------------------------------------------------------- */

  function scan(asked) {
    if (!state.number) {
      return Promise.resolve(answerOf({ id: null, kind: "scan" }, "no_place", DoorWords.plain("amber", "no_place")));
    }
    return gather(asked).then(function (facts) {
      var act = record("scan", scanBody(asked, facts.number), { occurrence: facts.number, party: facts.party, state: "asking" });
      var isOurs = facts.seen && facts.seen.isWaiting; /* the server does not know yet that they are in */
      if (isOurs || !isWorthAsking()) {
        return decideHere(asked, facts, null);
      }
      return write([act]).then(function () { return ask(act); }).then(function (answer) {
        return answer ? keepAnswer(act, answer) : decideHere(asked, facts, act);
      });
    });
  }

  function scanBody(asked, number) {
    var body = { occurrence: number, way: asked.way || "camera" };
    ["code", "ref", "people"].forEach(function (name) {
      if (asked[name]) {
        body[name] = asked[name];
      }
    });
    if (asked.admitted) {
      body.admitted = true;
    }
    return body;
  }

  /* What this phone knows of a code: where it is on a list, and whether it was here before. */
  function gather(asked) {
    var number = state.number;
    var code = asked.code ? DoorOffline.read(asked.code) : { kind: "ref", text: asked.ref };
    var facts = { number: number, kind: code.kind, people: asked.people || 0, admitted: Boolean(asked.admitted), line: null,
      other: null, seen: null, party: null, time: timeOf(place(number)), has_list: Boolean(lists[number]) };
    return DoorOffline.partyOf(deviceKey, number, code)
      .then(function (party) { facts.party = party; return DoorStore.ofParty(party); })
      .then(function (records) { facts.seen = seenIn(records); }, function () {})
      .then(function () { return code.kind === "ref" ? null : DoorOffline.look(lists[number], code); })
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
    var others = Object.keys(lists).filter(function (each) { return Number(each) !== number; });
    return Promise.all(others.map(function (each) { return DoorOffline.look(lists[each], code); })).then(function (lines) {
      var found = others.filter(function (each, index) { return lines[index]; })[0];
      return found ? place(Number(found)) || { number: Number(found), title: "", when: "", venue: "" } : null;
    });
  }

  function timeOf(where) {
    if (!where || skew === null) {
      return null;
    }
    var now = corrected(Date.now());
    return where.opens_at && now < where.opens_at ? "too_early" : where.closes_at && now > where.closes_at ? "closed" : null;
  }

  /* An answer of the server to somebody who waits for it. */
  function keepAnswer(act, answer) {
    faces[act.id] = { name: answer.name, last4: answer.last4 };
    var number = act.occurrence;
    keepAttendance(number, answer.attendance);
    if (answer.result === "try_again" && !act.body.admitted && act.kind === "scan") {
      return DoorStore.drop(act.id).then(refresh, refresh).then(function () { return answer; });
    }
    var changes = {};
    changes[act.id] = function (kept) {
      if (answer.result === "try_again") {
        kept.state = "waiting";
      } else {
        settled(kept, answer, false);
      }
    };
    return DoorStore.change(changes).catch(function () { isKept = false; }).then(function () {
      refresh();
      DoorSync.soon();
      return answer;
    });
  }

  /* `asked`: the online scan that got no answer; it is replaced in the same transaction. */
  function decideHere(asked, facts, act) {
    var verdict = DoorOffline.decide(facts);
    var where = place(facts.number);
    var mayAdmit = !verdict.in && verdict.result !== "already" && (verdict.result === "unlisted" || Boolean(where && where.walk_ins));
    var records = [recordOf(asked, facts, verdict)];
    if (act && !verdict.in) { /* if it was heard after all, nobody was let in by it */
      records.push(record("undo", { of: act.id }, { of: act.id, state: "waiting", isSilent: true }));
    } else if (act) {
      records[0].also = [act.id];
    }
    var told = DoorWords.scan(verdict, facts, mayAdmit);
    records[0].tone = told.tone;
    records[0].word = told.word;
    return write(records, act && act.id).then(function (isWritten) {
      if (!isWritten) {
        return answerOf(records[0], "unsaved", DoorWords.plain("red", "unsaved"));
      }
      faces[records[0].id] = facts.line || {};
      refresh();
      DoorSync.soon();
      return answerOf(records[0], verdict.result === "unlisted" ? "unknown" : verdict.result, told, partOf(verdict, facts, mayAdmit));
    });
  }

  function recordOf(asked, facts, verdict) {
    var body = scanBody(asked, facts.number);
    var result = verdict.result === "unlisted" ? "unknown" : verdict.result;
    delete body.admitted;
    if (verdict.in) {
      body.admitted = true;
      if (facts.line) {
        body.people = verdict.people;
      }
    } else {
      body.refused = result;
    }
    var before = facts.seen ? facts.seen.people : facts.line ? facts.line.came : 0;
    var plus = verdict.in ? Math.max(0, verdict.people - before) : 0;
    var isPlace = verdict.in && verdict.result === "ok";
    return record("scan", body, {
      occurrence: facts.number, party: facts.party, state: "waiting", offline: true, result: result,
      known: verdict.unchecked ? null : result, people: verdict.in ? verdict.people : 0,
      came: verdict.in ? verdict.people : 0, cameAt: corrected(Date.now()),
      adds: { came: isPlace ? plus : 0, walk_ins: isPlace ? 0 : plus }
    });
  }

  function partOf(verdict, facts, mayAdmit) {
    var part = { people: verdict.people, may_admit: mayAdmit, may_add: Boolean(verdict.more) };
    if (facts.line) {
      Object.assign(part, { name: facts.line.name, last4: facts.line.last4, adults: facts.line.adults, children: facts.line.children });
    }
    if (verdict.before) {
      part.before = { at: verdict.before.at, by: "", way: "" };
    }
    if (verdict.result === "wrong_occurrence" && facts.other) {
      part.right = { number: facts.other.number, title: facts.other.title, when: facts.other.when, venue: facts.other.venue };
    }
    return part;
  }

  function answerOf(act, result, told, more) {
    return Object.assign({ id: act.id, kind: act.kind, result: result, tone: told.tone, word: told.word, detail: told.detail,
      may_admit: false, may_add: false, offline: true }, more);
  }

  /* --- counts, quantities, taking back ------------------------------------------------------------------------------ */

  /* An act that may be sent as often as needed under its own id. `told`: what is answered without a server. */
  function perform(act, told, more) {
    act.state = isWorthAsking() ? "asking" : "waiting";
    act.tone = told.tone;
    act.word = told.word;
    return write([act]).then(function (isWritten) {
      if (!isWorthAsking()) {
        return later(act, told, more, isWritten);
      }
      return ask(act).then(function (answer) {
        return answer ? keepAnswer(act, answer) : wait(act).then(function () { return later(act, told, more, isWritten); });
      });
    });
  }

  function wait(act) {
    var changes = {};
    changes[act.id] = function (kept) {
      kept.state = "waiting";
      if (kept.kind === "walk_in") {
        kept.body.admitted = true; /* they are in, whatever the rules say by then */
      }
    };
    return DoorStore.change(changes).catch(function () {});
  }

  function later(act, told, more, isWritten) {
    refresh();
    DoorSync.soon();
    return isWritten ? answerOf(act, act.kind === "undo" ? "undone" : "ok", told, more)
      : answerOf(act, "unsaved", DoorWords.plain("red", "unsaved"));
  }

  function walkIn(people, audience) {
    var where = place(state.number);
    var online = isWorthAsking();
    var act = record("walk_in", { occurrence: state.number, people: people, audience: audience || "" },
      { people: people, audience: audience || "", adds: { came: 0, walk_ins: people } });
    if (!online && where && !where.walk_ins) {
      return Promise.resolve(answerOf(act, "not_allowed", DoorWords.plain("red", "not_allowed")));
    }
    act.body.admitted = online ? undefined : true;
    return perform(act, DoorWords.plain("green", "counted", { n: people }), { people: people });
  }

  function tally(words) {
    var act = record("tally", { occurrence: state.number, words: words }, { words: words });
    return perform(act, DoorWords.plain("green", "noted", { words: words }));
  }

  function undo(id) {
    return DoorStore.find(id).catch(function () { return null; }).then(function (target) {
      var tooLate = target && (target.undone || Date.now() - target.at > UNDO_MS);
      if (tooLate && !isWorthAsking()) {
        return answerOf({ id: null, kind: "undo" }, "nothing_to_undo", DoorWords.plain("amber", "nothing_to_undo"));
      }
      var act = record("undo", { of: id }, { of: id });
      var others = (target && target.also || []).map(function (other) {
        return record("undo", { of: other }, { of: other, state: "waiting", isSilent: true });
      });
      return write(others).then(function () { return perform(act, DoorWords.plain("green", "undone")); }).then(function (answer) {
        return markUndone(id, answer);
      });
    });
  }

  function markUndone(id, answer) {
    if (answer.result !== "undone") {
      return answer;
    }
    var changes = {};
    changes[id] = function (act) { act.undone = true; };
    return DoorStore.change(changes).then(refresh, refresh).then(function () { return answer; });
  }

  /* --- what this phone did ------------------------------------------------------------------------------------------ */

  function recent() {
    return DoorStore.recent(MOST_RECENT).then(function (acts) {
      return acts.filter(function (act) { return !act.isSilent && act.word; }).map(function (act) {
        var shown = Object.assign({}, act, faces[act.id]);
        delete shown.body;
        delete shown.party;
        shown.state = act.state === "asking" ? "waiting" : act.state;
        return shown;
      });
    }, function () { return []; });
  }

  /* Acts that a closed page left without an answer. Plain scans are told, never sent; all others wait for their turn. */
  function sweep() {
    return DoorStore.inState("asking").then(function (acts) {
      var changes = {};
      acts.forEach(function (act) {
        if (Date.now() - act.at < ABANDONED_MS && act.at <= Date.now()) {
          return;
        }
        changes[act.id] = function (kept) {
          if (kept.state !== "asking") {
            return;
          }
          kept.state = "waiting";
          if (kept.kind === "scan" && !kept.body.admitted) {
            kept.state = "attention";
            Object.assign(kept, { tone: "amber", word: DoorWords.say("word.unanswered"), detail: DoorWords.say("unanswered") });
            forgetCode(kept);
          }
        };
      });
      return DoorStore.change(changes);
    });
  }

  /* What was not taken from one person is brought again by the next who serves that place. */
  function retryRefused() {
    return DoorStore.inState("attention").then(function (acts) {
      var changes = {};
      acts.forEach(function (act) {
        if (act.body && place(act.occurrence)) {
          changes[act.id] = function (kept) { kept.state = "waiting"; };
        }
      });
      return DoorStore.change(changes);
    });
  }

  function dismiss(id) {
    var changes = {};
    changes[id] = function (act) {
      act.state = "sent";
      delete act.detail;
      forgetCode(act);
    };
    return DoorStore.change(changes).then(refresh, refresh);
  }

  /* --- places and lists --------------------------------------------------------------------------------------------- */

  function takePlaces() {
    return DoorSync.request("GET", "/door", null, DEADLINE_MS * 2).then(function (reply) {
      if (reply.status !== 200 || !Array.isArray(reply.body.occurrences)) {
        return false;
      }
      state.occurrences = reply.body.occurrences;
      state.staff = reply.body.staff;
      state.sessionOver = false;
      skew = reply.body.now - Date.now();
      state.occurrences.forEach(function (each) { keepAttendance(each.number, each.attendance); });
      return Promise.all([DoorStore.set("places", state.occurrences), DoorStore.set("skew", skew), forgetLists(), retryRefused()])
        .catch(function () {}).then(function () { return true; });
    });
  }

  /* Lists of places that this person does not serve are none of theirs. */
  function forgetLists() {
    var strange = Object.keys(lists).filter(function (number) { return !place(Number(number)); });
    return Promise.all(strange.map(function (number) {
      delete lists[number];
      return DoorStore.dropList(Number(number));
    }));
  }

  /* The chosen place first, then today's others, one after another. */
  function takeLists() {
    if (!DoorOffline.isAble || failing || state.sessionOver) {
      return Promise.resolve();
    }
    listsAt = Date.now();
    var numbers = state.occurrences.filter(function (each) { return each.today && each.phase !== "cancelled" && each.number !== state.number; })
      .map(function (each) { return each.number; }).slice(0, MOST_LISTS);
    if (place(state.number)) {
      numbers.unshift(state.number);
    }
    return numbers.reduce(function (before, number) {
      return before.then(function () { return takeList(number); });
    }, Promise.resolve()).then(refresh);
  }

  function takeList(number) {
    if (failing) {
      return null;
    }
    return DoorSync.request("GET", "/door/" + number + "/list", null, DEADLINE_MS * 4).then(function (reply) {
      if (reply.status !== 200 || !reply.body.key) {
        return null;
      }
      return DoorOffline.readList(reply.body, Date.now()).then(function (list) {
        lists[number] = list;
        return DoorStore.saveList(list);
      });
    }).catch(function () {}); /* then the list lives as long as this page */
  }

  function tick() {
    sweep().catch(function () {}).then(refresh);
    if (!document.hidden && Date.now() - listsAt >= LISTS_MS) {
      takePlaces().then(takeLists);
    }
  }

  function choose(number) {
    state.number = number;
    return DoorStore.set("chosen", number).catch(function () {}).then(refresh).then(function () {
      takeLists();
      return state;
    });
  }

  /* --- start and end ------------------------------------------------------------------------------------------------ */

  function recall() {
    return Promise.all([DoorOffline.newDeviceKey().catch(function () { return null; })]).then(function (made) {
      return Promise.all([DoorStore.getOrSet("device", DoorOffline.newId()), DoorStore.getOrSet("key", made[0]), DoorStore.get("chosen"),
        DoorStore.get("places"), DoorStore.get("skew"), DoorStore.all("lists")]);
    }).then(function (known) {
      deviceKey = known[1];
      state.number = known[2] || null;
      state.occurrences = known[3] || [];
      skew = known[4] === undefined ? null : known[4];
      known[5].forEach(function (list) { lists[list.number] = list; });
      state.occurrences.forEach(function (each) { keepAttendance(each.number, each.attendance); });
      return DoorStore.prune(Date.now() - KEPT_MS).then(sweep).then(function () { return known[0]; });
    }).catch(function () {
      isKept = false;
      return DoorOffline.newId();
    });
  }

  var hooks = {
    onNetwork: function (isOnline) {
      var changed = failing === isOnline;
      failing = !isOnline;
      if (changed) {
        refresh();
      }
    },
    onOver: function (signIn) {
      state.sessionOver = true;
      state.signIn = signIn;
      refresh();
    },
    onAnswers: function (pairs) { return settleAll(pairs, true); },
    onRefused: function (act, body) { return settleAll([[act, refusedWhole(act, body)]], true); }
  };

  function start(given) {
    DoorWords.use(given.words);
    return recall().then(function (device) {
      DoorSync.start({ api: given.api, device: device, hooks: hooks });
      setInterval(tick, 15000);
      window.addEventListener("online", function () { failing = false; refresh(); });
      window.addEventListener("offline", refresh);
      register();
      return takePlaces();
    }).then(function () {
      takeLists();
      DoorSync.soon();
      return refresh();
    }).then(function () { return state; });
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
      lists = {};
      faces = {};
      return { refused: false };
    });
  }

  return {
    start: start, occurrences: function () { return state.occurrences; }, choose: choose, scan: scan, walkIn: walkIn,
    tally: tally, undo: undo, recent: recent, dismiss: dismiss, onChange: function (listener) { listeners.push(listener); },
    syncNow: function () { DoorSync.soon(); return takePlaces().then(takeLists); }, forget: forget
  };
})();
