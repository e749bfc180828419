// The search of the gallery: every word must be found in a card's words; a family may be chosen too.
// What is asked stands in the address (#q=torque&family=motor), so that it can be passed on.
"use strict";
(() => {
  const box = document.getElementById("search");
  if (!box) return;
  const cards = [...document.querySelectorAll(".card")];
  const sections = [...document.querySelectorAll("main section")];
  const chips = [...document.querySelectorAll(".chip")];
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");

  const chosen = () => chips.find((chip) => chip.getAttribute("aria-pressed") === "true");

  function choose(family) {
    for (const chip of chips) chip.setAttribute("aria-pressed", chip.dataset.family === family);
  }

  function show() {
    const family = chosen()?.dataset.family ?? "";
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      const fits = (!family || card.dataset.family === family) &&
        words.every((word) => card.dataset.words.includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const section of sections) section.hidden = !section.querySelector(".card:not([hidden])");
    nothing.hidden = shown > 0;
    count.textContent = `${shown} of ${cards.length}`;
    const asked = new URLSearchParams();
    if (words.length) asked.set("q", words.join(" "));
    if (family) asked.set("family", family);
    const hash = asked.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
  }

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    box.value = asked.get("q") ?? "";
    choose(asked.get("family") ?? "");
    show();
  }

  box.addEventListener("input", show);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      choose(chip === chosen() ? "" : chip.dataset.family);
      show();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      show();
    }
  });
  window.addEventListener("hashchange", read);
  read();
})();
