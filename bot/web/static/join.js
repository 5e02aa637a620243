/* Copies the words to send. Words come from the page. */
(() => {
  "use strict";

  const button = document.getElementById("copy");
  const words = document.getElementById("words");
  const news = document.getElementById("news");

  const say = (done) => {
    news.textContent = button.getAttribute(done ? "data-done" : "data-failed");
  };

  /* The old way, for views without the clipboard interface or without https. */
  const copySelected = () => {
    const range = document.createRange();
    const selection = window.getSelection();
    range.selectNodeContents(words);
    selection.removeAllRanges();
    selection.addRange(range);
    try {
      return document.execCommand("copy");
    } catch (error) {
      return false;
    }
  };

  button.addEventListener("click", () => {
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(words.textContent).then(() => say(true), () => say(copySelected()));
    } else {
      say(copySelected());
    }
  });
  button.removeAttribute("hidden");
})();
