/* Acts as they are written down, and what an answer of the server makes of them.

   {id, kind, at, occurrence, state, body: as it goes over the wire, gone once it is answered, party: digest of whom,
   came: how many of them are in by this act, cameAt, known: what staff were told, adds: to the counts until it is
   uploaded, also: an earlier act for the same scan, undone, isSilent: nobody did it} */
var DoorActs = (function () {
  "use strict";

  var DEADLINE_MS = 2500;
  var ABANDONED_MS = 30000;
  var MOST_RECENT = 40;
  var PLAIN = { ok: 1, duplicate: 1, already: 1, undone: 1 };

  function record(kind, body, more) {
    var id = DoorOffline.newId();
    var at = Date.now();
    return Object.assign({ id: id, kind: kind, at: at, occurrence: DoorState.shown.number, body: Object.assign({ id: id, kind: kind, at: at }, body) }, more);
  }

  function answerOf(act, result, told, more) {
    return Object.assign({ id: act.id, kind: act.kind, result: result, tone: told.tone, word: told.word, detail: told.detail,
      may_admit: false, may_add: false, offline: true }, more);
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
      act.cameAt = answer.before ? answer.before.at : DoorState.corrected(act.at);
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
      DoorState.keepAttendance(answer.number || pair[0].occurrence, answer.attendance);
      if (pair[0].kind === "undo" && answer.result === "nothing_to_undo") {
        taken[pair[0].of] = true;
      }
    });
    Object.keys(taken).forEach(function (id) {
      changes[id] = changes[id] || function (act) { act.undone = false; };
    });
    return DoorStore.change(changes).then(DoorState.refresh);
  }

  /* An answer of the server to somebody who waits for it. */
  function keepAnswer(act, answer) {
    DoorState.faces[act.id] = { name: answer.name, last4: answer.last4 };
    var number = act.occurrence;
    DoorState.keepAttendance(number, answer.attendance);
    if (answer.result === "try_again" && !act.body.admitted && act.kind === "scan") {
      return DoorStore.drop(act.id).then(DoorState.refresh, DoorState.refresh).then(function () { return answer; });
    }
    var changes = {};
    changes[act.id] = function (kept) {
      if (answer.result === "try_again") {
        kept.state = "waiting";
      } else {
        settled(kept, answer, false);
      }
    };
    return DoorStore.change(changes).catch(function () { DoorState.isKept = false; }).then(function () {
      DoorState.refresh();
      DoorSync.soon();
      return answer;
    });
  }

  function recent() {
    return DoorStore.recent(MOST_RECENT).then(function (acts) {
      return acts.filter(function (act) { return !act.isSilent && act.word; }).map(function (act) {
        var shown = Object.assign({}, act, DoorState.faces[act.id]);
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
        if (act.body && DoorState.place(act.occurrence)) {
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
    return DoorStore.change(changes).then(DoorState.refresh, DoorState.refresh);
  }

  return { record: record, answerOf: answerOf, ask: ask, refusedWhole: refusedWhole, settleAll: settleAll, keepAnswer: keepAnswer, recent: recent, sweep: sweep, retryRefused: retryRefused, dismiss: dismiss };
})();
