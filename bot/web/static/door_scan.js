/* One scan: asked online with a deadline, else decided on this phone and uploaded later.

   A scan that got no answer is never sent again as it was: it would be decided hours later and could check in somebody
   who was turned away. It is replaced by what this phone told: `admitted: true`, or `refused: <why>`. */
var DoorScan = (function () {
  "use strict";

  function scan(asked) {
    if (!DoorState.shown.number) {
      return Promise.resolve(DoorActs.answerOf({ id: null, kind: "scan" }, "no_place", DoorWords.plain("amber", "no_place")));
    }
    return DoorLists.gather(asked).then(function (facts) {
      var act = DoorActs.record("scan", scanBody(asked, facts.number), { occurrence: facts.number, party: facts.party, state: "asking" });
      var isOurs = facts.seen && facts.seen.isWaiting; /* the server does not know yet that they are in */
      if (isOurs || !DoorState.isWorthAsking()) {
        return decideHere(asked, facts, null);
      }
      return DoorState.write([act]).then(function () { return DoorActs.ask(act); }).then(function (answer) {
        return answer ? DoorActs.keepAnswer(act, answer) : decideHere(asked, facts, act);
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

  /* `asked`: the online scan that got no answer; it is replaced in the same transaction. */
  function decideHere(asked, facts, act) {
    var verdict = DoorOffline.decide(facts);
    var where = DoorState.place(facts.number);
    var mayAdmit = !verdict.in && verdict.result !== "already" && (verdict.result === "unlisted" || Boolean(where && where.walk_ins));
    var records = [recordOf(asked, facts, verdict)];
    if (act && !verdict.in) { /* if it was heard after all, nobody was let in by it */
      records.push(DoorActs.record("undo", { of: act.id }, { of: act.id, state: "waiting", isSilent: true }));
    } else if (act) {
      records[0].also = [act.id];
    }
    var told = DoorWords.scan(verdict, facts, mayAdmit);
    records[0].tone = told.tone;
    records[0].word = told.word;
    return DoorState.write(records, act && act.id).then(function (isWritten) {
      if (!isWritten) {
        return DoorActs.answerOf(records[0], "unsaved", DoorWords.plain("red", "unsaved"));
      }
      DoorState.faces[records[0].id] = facts.line || {};
      DoorState.refresh();
      DoorSync.soon();
      return DoorActs.answerOf(records[0], verdict.result === "unlisted" ? "unknown" : verdict.result, told, partOf(verdict, facts, mayAdmit));
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
    return DoorActs.record("scan", body, {
      occurrence: facts.number, party: facts.party, state: "waiting", offline: true, result: result,
      known: verdict.unchecked ? null : result, people: verdict.in ? verdict.people : 0,
      came: verdict.in ? verdict.people : 0, cameAt: DoorState.corrected(Date.now()),
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

  return { scan: scan };
})();
