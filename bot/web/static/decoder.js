/* Reads QR codes from a picture: with the browser's own BarcodeDetector, else with a worker of our own (zxing, wasm).

   Decoder.open()          -> Promise of Decoder; rejected when this browser can do neither (a photo goes to the server)
   Decoder.decode(source)  -> Promise of texts; source: <video>, <img>, <canvas>, ImageBitmap or the file of a photo.
                              One picture at a time; rejected when one could not be read, the next may be
   Decoder.kind            "native", "wasm" or "none" after open(); "none" later on when all have failed at their work

   The addresses of the worker's parts stand at this script's element: data-worker, data-reader, data-wasm.
   ES5 but for promises: it runs on phones of 2018. Sizes are pixels, times milliseconds. */
(function () {
  "use strict";

  var WIDEST = 960; /* of a whole frame: a ticket at arm's length still has three pixels for each of its modules */
  var CLOSEST = 640; /* of the middle, seen at full resolution */
  var STILL = 1800; /* of a photo: there is time */
  var PATIENCE = 4000; /* then the worker has died */
  var MOST_FAULTS = 3; /* in a row; then this kind is asked no more */

  var place = document.currentScript ? document.currentScript.dataset : {};
  var canvas = document.createElement("canvas");
  var pen = canvas.getContext("2d", { willReadFrequently: true });
  var opened = null;
  var read = null; /* (ImageData, still) -> Promise of texts */
  var thread = null; /* the worker that runs */
  var faults = { native: 0, wasm: 0 };
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
    var worker = thread = new Worker(place.worker);
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

  function use(kind, start) {
    if (faults[kind] >= MOST_FAULTS) {
      return Promise.reject(new Error("faults"));
    }
    return start().then(function (found) { Decoder.kind = kind; read = found; });
  }

  function useNative() { return use("native", openNative); }
  function useWorker() { return use("wasm", openWorker); }

  function open() {
    if (!opened) {
      opened = (faults.native ? useWorker().catch(useNative) : useNative().catch(useWorker))
        .then(function () { return Decoder; });
      opened.catch(function () { opened = null; Decoder.kind = "none"; });
    }
    return opened;
  }

  /* Chrome without Google's services names qr_code and then fails at every picture; phones short of memory end
     workers. What failed is let go, and the next picture opens the other kind, or a new worker. */
  function readOrLetGo(picture, still) {
    var kind = Decoder.kind;
    return read(picture, still).then(function (texts) {
      faults[kind] = 0;
      return texts;
    }, function (error) {
      faults[kind] += 1;
      opened = null;
      if (thread) {
        thread.terminate();
        thread = null;
      }
      throw error;
    });
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

  /* As data: our policy allows images no blob addresses. */
  function imageOf(file) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      var image = new Image();
      image.onload = function () { resolve(image); };
      image.onerror = reader.onerror = function () { reject(new Error("no picture")); };
      reader.onload = function () { image.src = reader.result; };
      reader.readAsDataURL(file);
    });
  }

  function decode(source) {
    var next = last.then(open).then(function () {
      return source instanceof Blob ? imageOf(source) : source;
    }).then(function (shown) {
      var picture = pictureOf(shown);
      return picture ? readOrLetGo(picture, !shown.videoWidth) : [];
    });
    last = next.catch(function () { return null; });
    return next;
  }

  var Decoder = { open: open, decode: decode, kind: "none" };
  window.Decoder = Decoder;
})();
