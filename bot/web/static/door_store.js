/* What the scanner keeps on this phone (IndexedDB), so that it survives a closed tab, a restart and a new version.
   ES2017 without modules. Every write resolves when its transaction is complete: only then may an answer be shown.

   about  key -> value: device, its digest key (a CryptoKey that cannot be read out), chosen place, places, clock skew
   lists  one per place (number): sealed lines and code digests, with a CryptoKey of its own
   acts   what was done here, in order (seq); state: asking -> sent | waiting -> sent | attention */
var DoorStore = (function () {
  "use strict";

  var NAME = "shuqian-door";
  var VERSION = 1;
  var opening = null;

  /* Steps are never changed once released: a phone may come from any version. */
  function upgrade(database, from) {
    if (from < 1) {
      database.createObjectStore("about");
      database.createObjectStore("lists", { keyPath: "number" });
      var acts = database.createObjectStore("acts", { keyPath: "seq", autoIncrement: true });
      acts.createIndex("id", "id", { unique: true });
      acts.createIndex("state", "state");
      acts.createIndex("party", "party");
    }
  }

  function open() {
    if (!opening) {
      opening = new Promise(function (resolve, reject) {
        var asked = indexedDB.open(NAME, VERSION);
        asked.onupgradeneeded = function (event) { upgrade(asked.result, event.oldVersion); };
        asked.onerror = function () { reject(asked.error); };
        asked.onsuccess = function () {
          var database = asked.result;
          database.onversionchange = database.onclose = function () {
            database.close(); /* a newer page wants to upgrade, or the browser took it away: open again when needed */
            opening = null;
          };
          resolve(database);
        };
      });
      opening.catch(function () { opening = null; });
    }
    return opening;
  }

  /* One transaction. `work(tx, keep)` issues requests; what it gives to `keep` is the result. */
  function run(stores, mode, work) {
    return open().then(function (database) {
      return new Promise(function (resolve, reject) {
        var result;
        var tx = database.transaction(stores, mode, { durability: "strict" }); /* old browsers ignore the third */
        tx.oncomplete = function () { resolve(result); };
        tx.onerror = tx.onabort = function () { reject(tx.error || new Error("aborted")); };
        work(tx, function (value) { result = value; });
      });
    });
  }

  function onResult(request, then) {
    request.onsuccess = function () { then(request.result); };
  }

  /* --- about and lists ---------------------------------------------------------------------------------------------- */

  function get(key) {
    return run(["about"], "readonly", function (tx, keep) { onResult(tx.objectStore("about").get(key), keep); });
  }

  function set(key, value) {
    return run(["about"], "readwrite", function (tx) { tx.objectStore("about").put(value, key); });
  }

  /* A value that is made once: the first tab wins, others get what it wrote. */
  function getOrSet(key, made) {
    return run(["about"], "readwrite", function (tx, keep) {
      var about = tx.objectStore("about");
      onResult(about.get(key), function (found) {
        keep(found === undefined ? made : found);
        if (found === undefined) {
          about.put(made, key);
        }
      });
    });
  }

  function all(store) {
    return run([store], "readonly", function (tx, keep) { onResult(tx.objectStore(store).getAll(), keep); });
  }

  function saveList(list) {
    return run(["lists"], "readwrite", function (tx) { tx.objectStore("lists").put(list); });
  }

  function dropList(number) {
    return run(["lists"], "readwrite", function (tx) { tx.objectStore("lists").delete(number); });
  }

  /* --- acts --------------------------------------------------------------------------------------------------------- */

  /* Write acts; `insteadOf`: the id of one that they replace, in the same transaction. */
  function add(records, insteadOf) {
    return run(["acts"], "readwrite", function (tx) {
      var acts = tx.objectStore("acts");
      function write() {
        records.forEach(function (record) { acts.add(record); });
      }
      if (!insteadOf) {
        write();
        return;
      }
      onResult(acts.index("id").getKey(insteadOf), function (seq) {
        if (seq !== undefined) {
          acts.delete(seq);
        }
        write();
      });
    });
  }

  /* Change acts by id: `changes` maps an id to a function that gets the record; undefined values leave the record. */
  function change(changes) {
    return run(["acts"], "readwrite", function (tx) {
      var acts = tx.objectStore("acts");
      Object.keys(changes).forEach(function (id) {
        onResult(acts.index("id").get(id), function (record) {
          if (record && changes[id](record) !== false) {
            acts.put(record);
          }
        });
      });
    });
  }

  function drop(id) {
    return add([], id);
  }

  function find(id) {
    return run(["acts"], "readonly", function (tx, keep) { onResult(tx.objectStore("acts").index("id").get(id), keep); });
  }

  function inState(state, most) {
    return run(["acts"], "readonly", function (tx, keep) {
      onResult(tx.objectStore("acts").index("state").getAll(state, most), keep);
    });
  }

  function ofParty(party) {
    return run(["acts"], "readonly", function (tx, keep) {
      onResult(tx.objectStore("acts").index("party").getAll(party), keep);
    });
  }

  /* The newest first. */
  function recent(most) {
    return run(["acts"], "readonly", function (tx, keep) {
      var found = [];
      keep(found);
      onResult(tx.objectStore("acts").openCursor(null, "prev"), function step(cursor) {
        if (cursor && found.length < most) {
          found.push(cursor.value);
          cursor.continue();
        }
      });
    });
  }

  /* Forget what was sent long ago. */
  function prune(before) {
    return run(["acts"], "readwrite", function (tx) {
      onResult(tx.objectStore("acts").index("state").openCursor("sent"), function (cursor) {
        if (cursor) {
          if (cursor.value.at < before) {
            cursor.delete();
          }
          cursor.continue();
        }
      });
    });
  }

  /* Empty everything, unless something was never sent: asked and done in one transaction, so that no act slips between.
     Resolves to the number of acts that are in the way. */
  function wipe() {
    return run(["about", "lists", "acts"], "readwrite", function (tx, keep) {
      onResult(tx.objectStore("acts").openCursor(), (function () {
        var held = 0;
        return function (cursor) {
          if (cursor) {
            held += cursor.value.body ? 1 : 0;
            cursor.continue();
            return;
          }
          keep(held);
          if (!held) {
            ["about", "lists", "acts"].forEach(function (name) { tx.objectStore(name).clear(); });
          }
        };
      })());
    });
  }

  return {
    open: open, get: get, set: set, getOrSet: getOrSet, all: all, saveList: saveList, dropList: dropList, add: add,
    change: change, drop: drop, find: find, inState: inState, ofParty: ofParty, recent: recent, prune: prune, wipe: wipe
  };
})();
