"use strict";
// Puts words that are there already into their places, and notes beside their figures. Nothing is computed, nothing is fetched.
(() => {
  document.documentElement.classList.add("js");
  const all = (selector) => [...document.querySelectorAll(selector)];

  // ---------------------------------------------------------------- what figures rest on
  const notes = new Map();
  const noteOf = (figure) => {
    const id = figure.getAttribute("popovertarget");
    if (!notes.has(id)) notes.set(id, document.getElementById(id));
    return notes.get(id);
  };
  let open = null, opener = null, pinned = false, leaving = 0;
  const place = (note, figure) => {
    const at = figure.getClientRects()[0] ?? figure.getBoundingClientRect();
    note.style.margin = "0";
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - note.offsetWidth - 8));
    const below = at.bottom + 6, above = at.top - note.offsetHeight - 6;
    note.style.left = `${left}px`;
    note.style.top = `${below + note.offsetHeight < innerHeight || above < 0 ? Math.min(below, Math.max(8, innerHeight - note.offsetHeight - 8)) : above}px`;
  };
  const reveal = (figure, pin) => {
    clearTimeout(leaving);
    const note = noteOf(figure);
    if (open !== note || opener !== figure) {
      if (!note.matches(":popover-open")) note.showPopover({ source: figure });
      place(note, figure);
      [open, opener, pinned] = [note, figure, false];
    }
    pinned = pinned || pin;
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => { if (open && !pinned) open.hidePopover(); }, 250);
  };
  document.addEventListener("pointerover", (event) => {
    const figure = event.target.closest?.("button.n");
    if (event.pointerType === "mouse" && figure) { if (!pinned) reveal(figure, false); }
    else if (open && open.contains(event.target)) clearTimeout(leaving);
    else if (open) leave();
  });
  document.addEventListener("focusin", (event) => {
    const figure = event.target.closest?.("button.n");
    if (figure && figure.matches(":focus-visible")) reveal(figure, true);
    else if (open && !open.contains(event.target)) open.hidePopover();
  });
  document.addEventListener("click", (event) => {
    const figure = event.target.closest?.("button.n");
    if (figure) { event.preventDefault(); reveal(figure, true); }
    else if (event.target.closest?.(".rests a")) open?.hidePopover();
  });
  document.addEventListener("toggle", (event) => {
    if (event.newState === "closed" && event.target === open) [open, opener, pinned] = [null, null, false];
  }, true);
  addEventListener("scroll", () => { if (open && opener) place(open, opener); }, { passive: true });

  // ---------------------------------------------------------------- the states
  const data = document.getElementById("states");
  if (!data) return;
  const told = JSON.parse(data.textContent);
  const spots = new Map();
  for (const spot of all("[data-p]")) {
    const text = spot.querySelector("bdi") ?? spot;
    const name = spot.dataset.p;
    if (!spots.has(name)) spots.set(name, []);
    spots.get(name).push({ spot, text, own: text.textContent });
  }
  const curve = document.querySelector(".curve"), here = document.querySelector(".strip .here");
  const rank = document.getElementById("rank"), bars = all("[data-bar]"), shares = all("[data-share]");
  const keep = (nodes) => nodes.map((node) => node.innerHTML);
  const front = document.querySelector("#bar .bar");
  const own = { curve: curve.getAttribute("d"), here: here.style.left, bars: keep(bars), shares: keep(shares), bar: front.innerHTML };
  const path = (heights) => heights.length
    ? `M${heights.map((y, i) => `${Math.round(i * 1000 / (heights.length - 1))} ${200 - y}`).join("L")}L1000 200L0 200Z` : "";
  const piece = (kind, left, width) => {
    const made = document.createElement("i");
    made.className = kind;
    made.style.left = `${left}%`;
    if (width !== undefined) made.style.width = `${width}%`;
    return made;
  };
  const drawBar = (into, q) => into.replaceChildren(...(q[2] === null ? [] :
    [piece("ninety", q[0], q[4] - q[0]), piece("fifty", q[1], q[3] - q[1]), piece("median", q[2])]));
  const status = document.querySelector("#state .told"), digest = document.querySelector("#state .digest");
  const first = [status.textContent, digest.textContent];
  const factors = all("[data-factor]"), alone = document.getElementById("alone"), back = document.getElementById("back");

  const show = (number) => {
    const base = number === 0, state = told.states[number];
    document.body.classList.toggle("switched", !base);
    back.disabled = base;
    told.places.forEach((name, i) => {
      for (const { spot, text, own } of spots.get(name) ?? []) {
        text.textContent = base ? own : state.words[i];
        spot.classList.toggle("off", !base && /^(cannot be said|no fit that converged)$/.test(state.words[i]));
      }
    });
    curve.setAttribute("d", base ? own.curve : path(state.curve));
    here.style.left = base ? own.here : `${state.bar[2] ?? 0}%`;
    here.style.display = !base && state.bar[2] === null ? "none" : "";
    if (base) front.innerHTML = own.bar; else drawBar(front, state.bar);
    bars.forEach((cell, i) => {
      if (base) cell.innerHTML = own.bars[i];
      else drawBar(cell.querySelector(".bar"), state.forests[Number(cell.dataset.bar)]);
    });
    shares.forEach((cell, i) => {
      if (base) { cell.innerHTML = own.shares[i]; return; }
      const share = state.shares[i];
      cell.replaceChildren(...(share === null ? [] : [Object.assign(document.createElement("i"), { style: `width:${100 * share}%` })]));
    });
    status.textContent = base ? first[0] : state.told;
    digest.textContent = base ? first[1] : `Fit of ${state.digest}`;
    rank.textContent = base ? "" : state.rank;
    const out = new Set(base ? [] : state.out.map(String));
    for (const item of all(".rests li")) item.classList.toggle("out", out.has(item.dataset.claim));
    document.body.dataset.state = String(number);
  };
  const chosen = () => told.crossed[factors.map((one) => one.value).join(",")];
  const reset = () => factors.forEach((one, i) => { one.value = String(told.factors[i].chosen); });
  for (const one of factors) one.addEventListener("change", () => { if (alone) alone.value = ""; show(chosen() ?? 0); });
  alone?.addEventListener("change", () => { reset(); show(alone.value === "" ? 0 : Number(alone.value)); });
  back.addEventListener("click", () => { reset(); if (alone) alone.value = ""; show(0); (factors[0] ?? alone)?.focus(); });
  for (const one of [...factors, alone]) if (one) one.disabled = false;
  reset();
  if (alone) alone.value = "";
})();
