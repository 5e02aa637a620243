/* The page behind the QR of a venue screen: copies the words to be sent, and takes them down when the code has changed. */
(function () {
  "use strict";

  var card = document.querySelector("[data-good-for]");
  var button = document.getElementById("copy");
  if (!card) {
    return;
  }

  function say() {
    document.getElementById("copied").textContent = document.getElementById("door-words").getAttribute("data-copied");
  }

  function copy() {
    var words = document.getElementById("words").textContent;
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(words).then(say, function () { return null; });
      return;
    }
    var range = document.createRange();
    range.selectNodeContents(document.getElementById("words"));
    var chosen = window.getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
    if (document.execCommand("copy")) {
      say();
    }
  }

  button.removeAttribute("hidden");
  button.addEventListener("click", copy);
  setTimeout(function () {
    document.getElementById("good").setAttribute("hidden", "");
    document.getElementById("over").removeAttribute("hidden");
  }, card.getAttribute("data-good-for") * 1000);
})();
