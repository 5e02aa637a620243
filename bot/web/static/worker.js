/* Service worker of the staff pages: the scanner opens without network. It keeps the shell only (page, style, scripts,
   decoder), which is the same for everybody; answers of /staff/api and all other pages never pass through here.

   SHELL and VERSION are written in front of this file by bot/web/worker.py; another version of anything makes other
   bytes, so browsers install it beside this one. It takes over when the last page of the old one is closed: a page never
   meets scripts of another version, and the queue is in IndexedDB, which no worker touches. */
(function () {
  "use strict";

  var PREFIX = "shuqian-staff-";
  var NAME = PREFIX + VERSION;
  var PAGE = SHELL[0];
  var PATIENCE_MS = 2000;

  self.addEventListener("install", function (event) {
    event.waitUntil(caches.open(NAME).then(function (cache) {
      return Promise.all(SHELL.map(function (address) {
        return fetch(address, { cache: "no-cache", credentials: "same-origin", redirect: "error" }).then(function (answer) {
          if (!answer.ok) {
            throw new Error(address);
          }
          return cache.put(address, answer);
        });
      }));
    }));
  });

  self.addEventListener("activate", function (event) {
    event.waitUntil(caches.keys().then(function (names) {
      return Promise.all(names.filter(function (name) {
        return name.indexOf(PREFIX) === 0 && name !== NAME;
      }).map(function (name) { return caches.delete(name); }));
    }).then(function () { return self.clients.claim(); }));
  });

  function kept(request) {
    return caches.open(NAME).then(function (cache) { return cache.match(request); });
  }

  /* The newest page when it comes at once, else the kept one: a phone in a basement must not wait for a timeout. */
  function openPage(request) {
    return kept(PAGE).then(function (page) {
      if (!page) {
        return fetch(request);
      }
      var patience = new Promise(function (resolve) { setTimeout(resolve, PATIENCE_MS, page); });
      var newest = fetch(request).then(function (answer) {
        return answer.status >= 500 ? page : answer;
      }, function () { return page; });
      return Promise.race([newest, patience]);
    });
  }

  function openFile(request) {
    return kept(request).then(function (file) { return file || fetch(request); });
  }

  self.addEventListener("fetch", function (event) {
    var request = event.request;
    var address = new URL(request.url);
    if (request.method !== "GET" || address.origin !== self.location.origin) {
      return;
    }
    if (request.mode === "navigate" && address.pathname === PAGE) {
      event.respondWith(openPage(request));
    } else if (SHELL.indexOf(address.pathname + address.search) > 0) {
      event.respondWith(openFile(request));
    }
  });
})();
