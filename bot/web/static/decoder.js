/* Reads QR codes from a picture: with the browser's own BarcodeDetector, else with a worker of our own (zxing, wasm).

   Decoder.open()          -> Promise of Decoder; rejected when this browser can do neither (a photo goes to the server)
   Decoder.decode(source)  -> Promise of texts; source: <video>, <img>, <canvas> or ImageBitmap. One picture at a time.
   Decoder.kind            "native", "wasm" or "none" after open()

   The addresses of the worker's parts stand at this script's element: data-worker, data-reader, data-wasm.
   ES5 but for promises: it runs on phones of 2018. Sizes are pixels, times milliseconds. */
(function () {
  "use strict";

  var WIDEST = 960; /* of a whole frame: a ticket at arm's length still has three pixels for each of its modules */
  var CLOSEST = 640; /* of the middle, seen at full resolution */
  var STILL = 1800; /* of a photo: there is time */
  var PATIENCE = 4000; /* then the worker has died */

  var place = document.currentScript ? document.currentScript.dataset : {};
  var canvas = document.createElement("canvas");
  var pen = canvas.getContext("2d", { willReadFrequently: true });
  var opened = null;
  var read = null; /* (ImageData, still) -> Promise of texts */
  var turn = 0;
  var last = Promise.resolve();

  function openNative() {
    if (!("BarcodeDetector" in window) || !BarcodeDetector.getSupportedFormats) {
      return Promise.reject(new Error("no detector"));
    }
    return BarcodeDetector.getSupportedFormats().then(function (formats) {
      if (formats.indexOf("qr_code") < 0) {
        throw new Error("no qr codes");
      }
      var detector = new BarcodeDetector({ formats: ["qr_code"] });
      return function (picture) {
        return detector.detect(picture).then(function (found) {
          return found.map(function (code) { return code.rawValue; });
        });
      };
    });
  }

  function openWorker() {
    if (!place.worker || !place.reader || !place.wasm || !window.Worker || !window.WebAssembly) {
      return Promise.reject(new Error("no parts"));
    }
    var worker = new Worker(place.worker);
    var waiting = {};
    var serial = 0;
    function ask(message, transfer) {
      serial += 1;
      message.id = serial;
      return new Promise(function (resolve, reject) {
        var timer = setTimeout(function () { delete waiting[message.id]; reject(new Error("late")); },
          message.open ? 30000 : PATIENCE);
        waiting[message.id] = function (answer) {
          clearTimeout(timer);
          if (answer.error) { reject(new Error(answer.error)); } else { resolve(answer.texts); }
        };
        worker.postMessage(message, transfer || []);
      });
    }
    worker.onmessage = function (event) {
      var done = waiting[event.data.id];
      delete waiting[event.data.id];
      if (done) { done(event.data); }
    };
    worker.onerror = function () {
      Object.keys(waiting).forEach(function (id) { waiting[id]({ error: "worker" }); });
      waiting = {};
    };
    return ask({ open: true, reader: place.reader, wasm: place.wasm }).then(function () {
      return function (picture, still) {
        return ask({ picture: picture, still: still }, [picture.data.buffer]);
      };
    }, function (error) { worker.terminate(); throw error; });
  }

  function open() {
    if (!opened) {
      opened = openNative().then(function (found) { Decoder.kind = "native"; read = found; }, function () {
        return openWorker().then(function (found) { Decoder.kind = "wasm"; read = found; });
      }).then(function () { return Decoder; });
      opened.catch(function () { opened = null; });
    }
    return opened;
  }

  function sizeOf(source) {
    return { wide: source.videoWidth || source.naturalWidth || source.width,
      high: source.videoHeight || source.naturalHeight || source.height };
  }

  /* A moving picture is looked at in turns: the middle as sharp as it is, then all of it. */
  function pictureOf(source) {
    var size = sizeOf(source);
    var still = !source.videoWidth;
    if (!size.wide || !size.high) {
      return null;
    }
    turn += 1;
    var part = !still && turn % 2 ? Math.min(size.wide, size.high) : null;
    var wide = part || size.wide;
    var high = part || size.high;
    var shrink = Math.min(1, (still ? STILL : part ? CLOSEST : WIDEST) / Math.max(wide, high));
    canvas.width = Math.round(wide * shrink);
    canvas.height = Math.round(high * shrink);
    pen.drawImage(source, (size.wide - wide) / 2, (size.high - high) / 2, wide, high, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  }

  function decode(source) {
    var next = last.then(open).then(function () {
      var picture = pictureOf(source);
      return picture ? read(picture, !source.videoWidth) : [];
    });
    last = next.catch(function () { return null; });
    return next;
  }

  var Decoder = { open: open, decode: decode, kind: "none" };
  window.Decoder = Decoder;
})();
