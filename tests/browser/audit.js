() => {
  const faults = [];
  const channels = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const background = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const color = channels(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const [light, dark] = [channels(getComputedStyle(element).color), background(element)]
      .map(luminance).sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const isLarge = (style) => {
    const size = parseFloat(style.fontSize);
    return size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest("[aria-hidden=true], noscript, script") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ratio = contrast(element);
    if (ratio < (isLarge(style) ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 20)}`);
    const prose = element.closest("pre, code") ? "" : text;
    const slip = prose.match(/[\u4e00-\u9fff][,;!?()][\u4e00-\u9fff]|["'][\u4e00-\u9fff]|[\u4e00-\u9fff]["']|[「」]/);
    if (slip) faults.push(`punctuation ${slip[0]}: ${text.slice(0, 20)}`);
    if (parseFloat(style.fontSize) < 14) faults.push(`small type: ${text.slice(0, 20)}`);
  }
  if (document.documentElement.lang !== "zh-CN") faults.push("language is not told");
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (Number(heading.tagName[1]) > level + 1) faults.push(`heading level skipped: ${heading.textContent}`);
    level = Number(heading.tagName[1]);
  }
  for (const image of document.images) if (!image.hasAttribute("alt")) faults.push(`no alt: ${image.src}`);
  for (const link of document.links) {
    if (!link.textContent.trim() && !link.getAttribute("aria-label")) faults.push(`nameless link: ${link.href}`);
  }
  for (const target of document.querySelectorAll("a, button, input, select, summary")) { /* links in a sentence may be small */
    const box = target.getBoundingClientRect();
    if (box.width && getComputedStyle(target).display !== "inline" && !target.matches(".skip:not(:focus)") && box.height < 44) {
      faults.push(`small target: ${target.textContent.trim()}`);
    }
  }
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push("wider than the screen");
  return faults;
}
