/* People without registration, quantities, and taking back. These acts may be sent as often as needed. */
var DoorCounts = (function () {
  "use strict";

  var UNDO_MS = 600000;

  /* An act that may be sent as often as needed under its own id. `here`: the answer without a server, or why not. */
  function perform(act, here, more) {
    var asks = DoorState.isWorthAsking();
    act.state = asks ? "asking" : "waiting";
    act.tone = here.tone;
    act.word = here.word;
    return DoorState.write([act]).then(function (isWritten) {
      if (!asks) {
        return later(act, here, more, isWritten);
      }
      return DoorActs.ask(act).then(function (answer) {
        return answer ? DoorActs.keepAnswer(act, answer) : wait(act).then(function () { return later(act, here, more, isWritten); });
      });
    });
  }

  function wait(act) {
    if (isClosed(act)) {
      return DoorStore.drop(act.id).catch(function () {});
    }
    var changes = {};
    changes[act.id] = function (kept) {
      kept.state = "waiting";
      if (kept.kind === "walk_in") {
        kept.body.admitted = true; /* they are in, whatever the rules say by then */
      }
    };
    return DoorStore.change(changes).catch(function () {});
  }

  /* The rules of the place take no walk-ins from this person. */
  function isClosed(act) {
    var where = DoorState.place(act.occurrence);
    return act.kind === "walk_in" && Boolean(where) && !where.walk_ins;
  }

  function later(act, here, more, isWritten) {
    DoorState.refresh();
    DoorSync.soon();
    if (isClosed(act)) {
      return notAllowed(act);
    }
    return isWritten ? DoorActs.answerOf(act, act.kind === "undo" ? "undone" : "ok", here, more)
      : DoorActs.answerOf(act, "unsaved", DoorWords.plain("red", "unsaved"));
  }

  function notAllowed(act) {
    return DoorActs.answerOf(act, "not_allowed", DoorWords.plain("red", "not_allowed"));
  }

  function walkIn(people, audience) {
    var act = DoorActs.record("walk_in", { occurrence: DoorState.shown.number, people: people, audience: audience || "" },
      { people: people, audience: audience || "", adds: { came: 0, walk_ins: people } });
    if (!DoorState.isWorthAsking()) {
      if (isClosed(act)) {
        return Promise.resolve(notAllowed(act));
      }
      act.body.admitted = true;
    }
    return perform(act, DoorWords.plain("green", "counted", { n: people }), { people: people });
  }

  function tally(words) {
    var act = DoorActs.record("tally", { occurrence: DoorState.shown.number, words: words }, { words: words });
    return perform(act, DoorWords.plain("green", "noted", { words: words }));
  }

  function undo(id) {
    return DoorStore.find(id).catch(function () { return null; }).then(function (target) {
      var tooLate = target && (target.undone || Date.now() - target.at > UNDO_MS);
      if (tooLate && !DoorState.isWorthAsking()) {
        return DoorActs.answerOf({ id: null, kind: "undo" }, "nothing_to_undo", DoorWords.plain("amber", "nothing_to_undo"));
      }
      var act = DoorActs.record("undo", { of: id }, { of: id });
      var others = (target && target.also || []).map(function (other) {
        return DoorActs.record("undo", { of: other }, { of: other, state: "waiting", isSilent: true });
      });
      return DoorState.write(others).then(function () { return perform(act, DoorWords.plain("green", "undone")); }).then(function (answer) {
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
    return DoorStore.change(changes).then(DoorState.refresh, DoorState.refresh).then(function () { return answer; });
  }

  return { walkIn: walkIn, tally: tally, undo: undo };
})();
