"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const FACETS = ["family", "severity", "confidence", "fix", "folder", "rule"];

  /* What may be remembered is remembered; a page without storage works all the same. */
  const store = {
    get(key) { try { return localStorage.getItem("fenceline-" + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("fenceline-" + key, value); } catch { /* not kept */ } },
  };

  /* ---------------------------------------------------------- colours */
  const THEMES = { auto: ["Auto", "as the system has them"], light: ["Light", "light"], dark: ["Dark", "dark"] };
  const themeButton = $("theme");
  const dress = (name) => {
    const theme = name in THEMES ? name : "auto";
    if (theme === "auto") root.removeAttribute("data-theme"); else root.dataset.theme = theme;
    themeButton.textContent = THEMES[theme][0];
    themeButton.setAttribute("aria-label", "Colours: " + THEMES[theme][1]);
    return theme;
  };
  let theme = dress(store.get("theme"));
  themeButton.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme = dress(names[(names.indexOf(theme) + 1) % names.length]);
    store.set("theme", theme);
  });

  /* --------------------------------------------------------- findings */
  const cards = Array.from(document.getElementsByClassName("finding"), (el) => ({
    el, id: el.id.slice(2), file: el.parentElement, details: el.firstElementChild, text: null, shown: true,
    of: Object.fromEntries(FACETS.map((name) => [name, el.dataset[name]])),
  }));
  const byId = new Map(cards.map((card) => [card.id, card]));
  const files = [...new Set(cards.map((card) => card.file))].map((el) => ({
    el, cards: cards.filter((card) => card.file === el), path: el.firstElementChild.textContent,
  }));
  const plots = Array.from(document.querySelectorAll(".plot button"), (el) => ({
    el, facet: el.dataset.facet, value: el.dataset.value, n: el.querySelector(".n").firstChild,
    bar: el.querySelector(".on"), label: el.querySelector(".name").textContent,
  }));
  const names = new Map(plots.filter((plot) => plot.facet === "rule").map((plot) => [plot.value, plot.label]));
  const search = $("q");
  const wanted = Object.fromEntries(FACETS.map((name) => [name, new Set()]));
  let words = [];

  const textOf = (card) => {
    if (card.text === null) {
      const path = card.file.firstElementChild.textContent;
      const rule = names.get(card.of.rule) || "";
      card.text = (path + " " + card.details.firstElementChild.textContent + " " + rule).toLowerCase();
    }
    return card.text;
  };
  const fitsFacet = (card, name) => !wanted[name].size || wanted[name].has(card.of[name]);

  const apply = () => {
    const misses = new Map();
    let count = 0;
    for (const card of cards) {
      const fits = !words.length || words.every((word) => textOf(card).includes(word));
      const failed = fits ? FACETS.filter((name) => !fitsFacet(card, name)) : FACETS;
      card.shown = fits && !failed.length;
      if (card.el.hidden === card.shown) card.el.hidden = !card.shown;
      count += card.shown;
      for (const name of FACETS) { /* a facet counts what all the others let through */
        if (fits && (!failed.length || (failed.length === 1 && failed[0] === name))) {
          const key = name + "\n" + card.of[name];
          misses.set(key, (misses.get(key) || 0) + 1);
        }
      }
    }
    for (const file of files) file.el.hidden = !file.cards.some((card) => card.shown);
    for (const plot of plots) drawPlot(plot, misses.get(plot.facet + "\n" + plot.value) || 0);
    const told = count + " of " + cards.length;
    $("count").textContent = told + " shown";
    $("hint").textContent = count < cards.length ? told + " are shown below." : "Each bar narrows the list below.";
    $("none").hidden = count > 0;
    drawChips();
  };
  const largest = {};
  for (const plot of plots) largest[plot.facet] = Math.max(largest[plot.facet] || 1, Number(plot.n.data));
  const drawPlot = (plot, count) => {
    plot.n.data = String(count);
    plot.bar.setAttribute("width", String((100 * count) / largest[plot.facet]));
    plot.el.classList.toggle("zero", !count);
    plot.el.setAttribute("aria-pressed", String(wanted[plot.facet].has(plot.value)));
  };
  const chip = (text, label, undo) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => { undo(); changed(); search.focus(); });
    return button;
  };
  const drawChips = () => {
    const chips = plots.filter((plot) => wanted[plot.facet].has(plot.value)).map((plot) =>
      chip(plot.label, "No longer only: " + plot.label, () => wanted[plot.facet].delete(plot.value)));
    if (chips.length > 1) chips.push(chip("all", "Show all findings", clear));
    $("chips").replaceChildren(...chips);
    $("chips").hidden = !chips.length;
  };
  const clear = () => {
    for (const name of FACETS) wanted[name].clear();
    search.value = "";
    words = [];
  };

  /* ------------------------------------------------------------ scrolling */
  /* Heights of what was not seen yet are guesses: what comes into view gets its own, and moves what is below it. So the
     place is looked at again until it stays, or somebody scrolls. */
  let bringing = 0;
  const bring = (el) => {
    cancelAnimationFrame(bringing);
    let still = 0, left = 60;
    const again = () => {
      const before = el.getBoundingClientRect().top;
      el.scrollIntoView({ block: "start" });
      still = Math.abs(el.getBoundingClientRect().top - before) < 1 ? still + 1 : 0;
      if (still < 5 && left-- > 0) bringing = requestAnimationFrame(again);
    };
    again();
  };
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    addEventListener(name, () => cancelAnimationFrame(bringing), { capture: true, passive: true });
  }

  /* ----------------------------------------------- state in the address */
  const write = () => {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    for (const name of FACETS) for (const value of wanted[name]) state.append(name, value);
    const text = state.toString();
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { /* a frame */ }
  };
  const changed = () => { apply(); write(); };
  const read = () => {
    let hash = location.hash.slice(1);
    try { hash = hash.includes("=") ? hash : decodeURIComponent(hash); } catch { /* taken as it is */ }
    if (hash.includes("=")) {
      const state = new URLSearchParams(hash);
      clear();
      search.value = state.get("q") || "";
      words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const name of FACETS) for (const value of state.getAll(name)) wanted[name].add(value);
      apply();
      return;
    }
    const card = byId.get(hash);
    if (card) {
      if (!card.shown) { clear(); apply(); }
      show(card);
      return;
    }
    const part = hash && $(hash);
    const around = part && part.closest("details");
    if (around) {
      around.open = true;
      bring(around);
    }
  };
  /* The bodies of many findings are text until they are looked at: the page's own text, escaped as all of it. */
  const fill = (card) => {
    const late = card.details.lastElementChild;
    if (late.localName === "noscript") {
      late.replaceWith(...new DOMParser().parseFromString(late.textContent, "text/html").body.childNodes);
    }
  };
  const open = (card, isOpen) => {
    if (isOpen) fill(card);
    card.details.open = isOpen;
  };
  const show = (card) => {
    open(card, true);
    select(card);
  };
  let current = null;
  const select = (card) => {
    if (current) current.el.classList.remove("current");
    current = card;
    card.el.classList.add("current");
    card.details.firstElementChild.focus({ preventScroll: true });
    bring(card.el);
  };

  if (cards.length) {
    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        changed();
      }, cards.length > 500 ? 80 : 0);
    });
    /* Of thousands some at a time, so that the page goes on answering. */
    let turning = 0;
    const toggleAll = (isOpen) => {
      const shown = cards.filter((card) => card.shown);
      const turn = (from) => {
        for (const card of shown.slice(from, from + 100)) open(card, isOpen);
        if (from + 100 < shown.length) turning = setTimeout(turn, 0, from + 100);
      };
      clearTimeout(turning);
      turn(0);
    };
    $("open-all").addEventListener("click", () => toggleAll(true));
    $("close-all").addEventListener("click", () => toggleAll(false));
    $("clear").addEventListener("click", () => { clear(); changed(); search.focus(); });
    document.addEventListener("click", (event) => {
      const around = event.target.closest("summary") && event.target.closest(".finding");
      if (around) fill(byId.get(around.id.slice(2)));
      const button = event.target.closest("button[data-facet]");
      if (!button) return;
      const { facet, value } = button.dataset;
      if (button.closest(".plot")) {
        if (!wanted[facet].delete(value)) wanted[facet].add(value);
        changed();
      } else {
        clear();
        wanted[facet].add(value);
        changed();
        $("findings").scrollIntoView();
        $("findings").focus({ preventScroll: true });
      }
    });

    /* ------------------------------------------------------- keyboard */
    const keys = $("keys");
    keys.checked = store.get("keys") !== "off";
    keys.addEventListener("change", () => store.set("keys", keys.checked ? "on" : "off"));
    const step = (by) => {
      const shown = cards.filter((card) => card.shown);
      const around = document.activeElement && document.activeElement.closest(".finding");
      const at = shown.findIndex((card) => (around ? card.el === around : card === current));
      const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by];
      if (next) select(next);
    };
    const actions = {
      "/": () => { search.focus(); search.select(); },
      j: () => step(1), k: () => step(-1), e: () => toggleAll(true), c: () => toggleAll(false),
    };
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && document.activeElement === search) {
        search.value = "";
        words = [];
        changed();
        search.blur();
        return;
      }
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey || (typing && typing.type !== "checkbox")) return;
      const action = actions[event.key];
      if (action) {
        event.preventDefault();
        action();
      }
    });
    addEventListener("beforeprint", () => cards.forEach((card) => card.shown && fill(card)));
    addEventListener("hashchange", read);
    read();
  }
})();
