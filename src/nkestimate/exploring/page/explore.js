// The page holds where its controls stand, and nothing else: every figure and every word for one comes from the server.
"use strict";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

let shape = null; // the case as the server described it: controls, scenarios
let state = { stamp: "", scenario: null, moved: {} };
let last = null; // the state of the last exact answer, from whose fit a rough one is weighted
let before = null; // the state before a slider was taken up
let past = []; // states to undo to
let drawn = null; // the picture that is shown, for a window of another width
let draft = {}; // where the handles of the prior stand that is being drawn, until it is applied
let implied = null; // what that prior implies

const copy = (one) => ({ stamp: one.stamp, scenario: one.scenario, moved: { ...one.moved } });
const same = (a, b) => a.scenario === b.scenario && a.stamp === b.stamp &&
  [...new Set([...Object.keys(a.moved), ...Object.keys(b.moved)])].every((key) => a.moved[key] === b.moved[key]);

async function ask(name, sent) {
  let reply;
  try {
    reply = await fetch(name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) });
  } catch {
    return { gone: "The server has ended. Start it again and open the address that it prints." };
  }
  return reply.ok ? reply.json() : { gone: await reply.text() };
}

// Makes an element with text, classes and children.
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === "text") element.textContent = value;
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// ------------------------------------------------------------ controls

const at = (control) => state.moved[control.id] ?? control.home;
const drawable = (control) => control.kind === "quantile";
const sliders = () => shape.controls.filter((control) => !drawable(control));

function build() {
  document.title = `${shape.title}: explore`;
  $("title").textContent = shape.title;
  $("file").textContent = shape.file;
  $("beside").textContent = shape.file;
  const list = $("scenario");
  list.replaceChildren(make("option", { value: "", text: "none: as the file has it" }),
    ...shape.scenarios.map((one) => make("option", { value: one.id, text: one.label })));
  list.value = state.scenario ?? "";
  $("scenario-control").hidden = shape.scenarios.length === 0;
  const open = new Set([...document.querySelectorAll("#controls details[open]")].map((one) => one.dataset.section));
  const first = open.size === 0 ? shape.sections.slice(0, 1) : [];
  $("controls").replaceChildren(...shape.sections.map((name) => {
    const mine = sliders().filter((control) => control.section === name);
    const part = make("details", { "data-section": name }, make("summary", {}, name + " ", make("span", { class: "moved" })));
    part.open = open.has(name) || first.includes(name);
    let said = "";
    for (const control of mine) {
      part.append(controlled(control, control.note === said ? "" : control.note));
      said = control.note;
    }
    return part;
  }));
  offer();
  place();
}

function controlled(control, note) {
  const id = `c:${control.id}`;
  const box = make("div", { class: "control", "data-control": control.id });
  const label = make("label", { for: id, text: control.label });
  const input = control.kind === "choice"
    ? make("select", { id }, ...control.stops.map((words, i) => make("option", { value: String(i), text: words })))
    : control.kind === "switch" ? make("input", { id, type: "checkbox" })
      : make("input", { id, type: "range", min: "0", max: String(control.stops.length - 1), step: "1" });
  const output = make("output", { for: id });
  const foot = make("p", { id: `${id}:note`, text: note });
  if (note) input.setAttribute("aria-describedby", foot.id);
  const back = make("button", { type: "button", class: "home", text: "as it was", "aria-label": `As it was: ${control.label}` });
  back.hidden = true;
  if (control.kind === "switch") box.append(make("div", { class: "top" }, make("span", { class: "switch" }, input, label), output));
  else box.append(make("div", { class: "top" }, label, control.kind === "choice" ? "" : output), input);
  box.append(make("div", { class: "foot" }, foot, back));
  const value = () => control.kind === "switch" ? Number(!input.checked) : Number(input.value);
  input.addEventListener("input", () => { take(); put(control, value()); place(); if (control.kind === "range") roughly(); });
  input.addEventListener("change", () => { take(); put(control, value()); let_go(); });
  back.addEventListener("click", () => { take(); put(control, control.home); let_go(); input.focus(); });
  return box;
}

function put(control, where) {
  if (where === control.home) delete state.moved[control.id];
  else state.moved[control.id] = where;
  if (!control.of) return;
  for (const other of shape.controls) { // of a prior that is drawn and one that is moved otherwise the last counts
    if (other.of === control.of && drawable(other) !== drawable(control)) delete state.moved[other.id];
  }
}

// Sets every control, and what stands beside it, to where the state has it.
function place() {
  for (const control of sliders()) {
    const box = document.querySelector(`[data-control="${CSS.escape(control.id)}"]`);
    const input = box.querySelector("input, select"), where = at(control), words = control.stops[where];
    if (control.kind === "switch") input.checked = where === 0;
    else input.value = String(where);
    if (control.kind === "range") input.setAttribute("aria-valuetext", words);
    box.querySelector("output") && (box.querySelector("output").textContent = words);
    const away = where !== control.home;
    box.classList.toggle("away", away);
    box.querySelector(".home").hidden = !away;
  }
  for (const part of document.querySelectorAll("#controls details")) {
    const moved = sliders().some((control) => control.section === part.dataset.section && at(control) !== control.home);
    part.querySelector(".moved").textContent = moved ? "(moved)" : "";
  }
  $("drawing").querySelector(".moved").textContent = shape.controls.some((one) => drawable(one) && at(one) !== one.home) ? "(moved)" : "";
  $("scenario").value = state.scenario ?? "";
  keep();
  $("undo").disabled = past.length === 0;
  $("reset").disabled = state.scenario === null && Object.keys(state.moved).length === 0;
  imply();
}

// ------------------------------------------------------------ a reload, of this tab and this server alone: its token is in the path

const KEPT = `explore ${location.pathname}`;

function keep() {
  const words = shape.controls.filter((c) => c.id in state.moved).map((c) => [c.id, c.stops[state.moved[c.id]]]);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ scenario: state.scenario, words }));
  } catch { /* a browser that keeps nothing forgets the moves, and no more */ }
}

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    return { scenario: found.scenario ?? null, words: new Map(found.words) };
  } catch {
    return { scenario: null, words: new Map() };
  }
}

async function begin() {
  const { scenario, words } = kept();
  if (!(scenario && await described(scenario)) && !await described(null)) {
    $("title").textContent = "The case can't be read";
    return;
  }
  for (const control of shape.controls) {
    const where = control.stops.indexOf(words.get(control.id));
    if (where >= 0) put(control, where);
  }
  place();
  exactly();
}

// ------------------------------------------------------------ moving

function take() { before ??= copy(state); }

function let_go() {
  if (before && !same(before, state)) past.push(before);
  before = null;
  draft = {};
  place();
  exactly();
}

// Takes up another description of the case; what was moved stays where the words of its stop are still there.
async function described(scenario) {
  const reply = await ask("case", { scenario });
  if (!told(reply)) return false;
  const words = new Map((shape?.controls ?? []).filter((c) => c.id in state.moved).map((c) => [c.id, c.stops[state.moved[c.id]]]));
  const moved = {};
  for (const control of reply.controls) {
    const where = words.has(control.id) ? control.stops.indexOf(words.get(control.id)) : -1;
    if (where >= 0 && where !== control.home) moved[control.id] = where;
  }
  if (shape && reply.stamp !== state.stamp) past = []; // positions of an earlier file mean nothing now
  shape = reply;
  state = { stamp: reply.stamp, scenario: reply.scenario, moved };
  draft = {};
  build();
  return true;
}

async function back_to(earlier) {
  const left = state;
  state = copy(earlier);
  draft = {};
  if (shape.scenario !== state.scenario) {
    const moved = state.moved;
    if (!await described(state.scenario)) { state = left; return; }
    const known = new Map(shape.controls.map((control) => [control.id, control]));
    state.moved = Object.fromEntries(Object.entries(moved).filter(([key, where]) => where < (known.get(key)?.stops.length ?? 0)));
  }
  place();
  exactly();
}

$("undo").addEventListener("click", () => { const earlier = past.pop(); if (earlier) back_to(earlier); });
$("reset").addEventListener("click", () => { past.push(copy(state)); back_to({ stamp: state.stamp, scenario: null, moved: {} }); });
$("reread").addEventListener("click", async () => { if (await described(state.scenario)) exactly(); });
$("scenario").addEventListener("change", async (event) => {
  const earlier = copy(state), stamp = state.stamp;
  if (!await described(event.target.value || null)) { $("scenario").value = state.scenario ?? ""; return; }
  if (stamp === state.stamp) past.push(earlier);
  place();
  exactly();
});

// ------------------------------------------------------------ asking: one request at a time, and always the latest state

let fitting = false, again = false;

async function exactly() {
  if (!state.stamp) return;
  if (fitting) { again = true; return; }
  fitting = true;
  do {
    again = false;
    const asked = copy(state);
    mark(last ? "old" : "", last ? "last answer" : "", "Fitting …");
    const reply = await ask("answer", { state: asked });
    if (again) continue;
    if (told(reply)) { last = asked; show(reply); mark("", "", "Exact: what the command line gives."); }
    else mark("old", last ? "last answer" : "", "No answer where the controls stand now.");
  } while (again);
  fitting = false;
}

let weighting = false, once_more = false;

async function roughly() {
  if (!last) return;
  if (weighting) { once_more = true; return; }
  weighting = true;
  do {
    once_more = false;
    const asked = copy(state);
    const reply = await ask("rough", { state: asked, last });
    // Once the slider is let go the exact answer is on its way, and a rough one that comes late is of no more use.
    if (before === null || !same(asked, state)) continue;
    if (reply.headline) {
      show(reply);
      mark("rough", "rough", `The last fit, weighted (k̂ ${reply.k}). Let go for the exact answer.`);
    } else {
      mark("old", "last answer", "k" in reply ? `Too far from the last fit for a rough answer (k̂ ${reply.k}). Let go for the exact one.`
        : "No answer where the controls stand now: let go to see why.");
    }
  } while (once_more);
  weighting = false;
}

// Shows faults, and returns whether there are none.
function told(reply) {
  const faults = reply.faults ?? (reply.saved ? [reply.saved] : reply.gone ? [reply.gone] : []);
  $("faults").hidden = faults.length === 0;
  $("faults-title").textContent = reply.faults ? "The case is at fault" : "This page has to be brought up to date";
  $("faults-foot").hidden = !last;
  $("fault-list").replaceChildren(...faults.map((text) => make("li", { text })));
  return faults.length === 0;
}

function mark(kind, word, status) {
  document.body.classList.toggle("rough", kind === "rough");
  document.body.classList.toggle("old", kind === "old");
  $("mark").textContent = word;
  $("status").textContent = status;
}

// ------------------------------------------------------------ showing

function show(reply) {
  $("headline-label").textContent = reply.headline.label;
  $("value").textContent = reply.headline.value;
  $("range").textContent = `(${reply.headline.range})`;
  $("told").textContent = reply.headline.told;
  $("low-title").textContent = reply.headline.low;
  $("high-title").textContent = reply.headline.high;
  $("questions-part").hidden = reply.questions.length === 0;
  fill("questions", reply.questions, (row) => [row.label, row.answer, row.words, row.before], [1, 3]);
  fill("totals", reply.totals, (row) => [row.label, row.median, row.low, row.high, row.unit, row.change], [1, 2, 3, 5]);
  $("totals").querySelector("tbody tr")?.classList.add("first");
  fill("changes", reply.changes, (row) => [row.label, row.before, row.now], []);
  $("changes").hidden = reply.changes.length === 0;
  $("no-changes").hidden = reply.changes.length > 0;
  if (reply.exact) {
    $("prior").textContent = reply.prior;
    const notes = [reply.state, ...reply.notes].filter(Boolean);
    $("notes").replaceChildren(...notes.map((text) => make("li", { text })));
    $("notes-part").hidden = notes.length === 0;
    if ($("yaml").open) spell();
  }
  drawn = reply;
  draw();
}

function fill(id, rows, cells, numbers) {
  $(id).querySelector("tbody").replaceChildren(...rows.map((row) => make("tr", {}, ...cells(row).map((text, i) =>
    i === 0 ? make("th", { scope: "row", text }) : make("td", { text, class: numbers.includes(i) ? "number" : "" })))));
}

function shaped(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function draw() {
  const said = drawn && `${drawn.headline.label}: ${drawn.headline.value} (${drawn.headline.range})`;
  picture_in($("picture"), drawn?.picture, said, 190, 14);
  picture_in($("prior-picture"), implied?.picture, implied?.told, 150, THUMB);
}

const THUMB = 8; // half of a slider's, so that handles stand below what they mean

function picture_in(box, picture, said, high, side) {
  if (!picture || !box.clientWidth) { box.replaceChildren(); return; }
  const wide = Math.max(box.clientWidth, 240), foot = 46;
  const x = (share) => side + share * (wide - 2 * side), y = (share) => high - foot - share * (high - foot - 8);
  const svg = shaped("svg", { viewBox: `0 0 ${wide} ${high}`, height: high, role: "img", "aria-label": said });
  for (const name of ["now", "file"]) {
    const curve = picture.curves[name];
    if (!curve) continue;
    const path = curve.line.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" L");
    svg.append(shaped("path", { class: name, d: name === "now" ? `M${x(0)},${y(0)} L${path} L${x(1)},${y(0)} Z` : `M${path}` }));
  }
  const [low, middle, top] = picture.curves.now.marks;
  svg.append(shaped("line", { class: "axis", x1: x(0), x2: x(1), y1: y(0), y2: y(0) }),
    shaped("line", { class: "interval", x1: x(low), x2: x(top), y1: y(0), y2: y(0) }),
    shaped("circle", { class: "median", cx: x(middle), cy: y(0), r: 6 }));
  let free = -Infinity; // to the right of the last tick's words
  for (const tick of picture.ticks) {
    svg.append(shaped("line", { class: "axis", x1: x(tick.x), x2: x(tick.x), y1: y(0) + 5, y2: y(0) + 10 }));
    const half = 3.7 * tick.words.length;
    const middle_at = Math.min(Math.max(x(tick.x), half), wide - half);
    if (middle_at - half < free + 6) continue;
    svg.append(shaped("text", { x: middle_at, y: y(0) + 24, "text-anchor": "middle" }, tick.words));
    free = middle_at + half;
  }
  if (picture.unit) svg.append(shaped("text", { x: x(1), y: y(0) + 41, "text-anchor": "end" }, picture.unit));
  box.replaceChildren(svg);
}

addEventListener("resize", draw);

// ------------------------------------------------------------ a prior that is drawn: its handles move a draft until it is applied

const handles = () => shape.controls.filter((control) => drawable(control) && control.of === $("prior-of").value);
const stands = (control) => draft[control.id] ?? at(control);

// Offers the quantities of which a prior can be drawn.
function offer() {
  const chosen = $("prior-of").value;
  $("drawing").hidden = shape.priors.length === 0;
  $("prior-of").replaceChildren(...shape.priors.map((one) => make("option", { value: one.id, text: one.label })));
  if (shape.priors.some((one) => one.id === chosen)) $("prior-of").value = chosen;
  hold();
}

// Makes the handles of the quantity that is chosen.
function hold() {
  draft = {};
  $("prior-note").textContent = shape.priors.find((one) => one.id === $("prior-of").value)?.note ?? "";
  $("handles").replaceChildren(...handles().map((control) => {
    const id = `c:${control.id}`;
    const input = make("input", { id, type: "range", min: "0", max: String(control.stops.length - 1), step: "1" });
    input.addEventListener("input", () => { drag(control, Number(input.value)); imply(); });
    return make("div", { class: "control" }, make("div", { class: "top" }, make("label", { for: id, text: control.label }),
      make("output", { for: id })), input);
  }));
  const [low, middle, high] = handles().map(stands);
  $("midway").checked = low === undefined || Math.abs(low + high - 2 * middle) <= 2;
}

function drag(control, where) {
  const [low, middle, high] = handles();
  draft[control.id] = where;
  if (control === middle) $("midway").checked = false;
  else center(low, middle, high);
}

function center(low, middle, high) {
  if ($("midway").checked) draft[middle.id] = Math.round((stands(low) + stands(high)) / 2);
}

let implying = false, and_again = false;

// Shows the handles where the draft has them, and asks what it implies.
async function imply() {
  const mine = handles();
  for (const control of mine) {
    const input = document.getElementById(`c:${control.id}`), words = control.stops[stands(control)];
    input.value = String(stands(control));
    input.setAttribute("aria-valuetext", words);
    input.closest(".control").querySelector("output").textContent = words;
  }
  $("apply").disabled = true;
  $("prior-home").disabled = mine.every((control) => stands(control) === control.home);
  if (!$("drawing").open || mine.length === 0) return;
  if (implying) { and_again = true; return; }
  implying = true;
  do {
    and_again = false;
    const reply = await ask("prior", { state: drafted(), quantity: $("prior-of").value });
    if (and_again) continue;
    const faults = reply.faults ?? (reply.saved ? [reply.saved] : reply.gone ? [reply.gone] : []);
    $("prior-faults").hidden = faults.length === 0;
    $("prior-faults").replaceChildren(...faults.map((text) => make("li", { text })));
    implied = faults.length ? null : reply;
    $("drawing").classList.toggle("stale", !implied?.picture);
    $("prior-told").textContent = implied?.told ?? "";
    $("prior-far").hidden = implied?.near ?? true;
    $("prior-yaml").textContent = implied?.yaml ?? "";
    fill("quantiles", implied?.rows ?? [], (row) => row, []);
    $("apply").disabled = !implied || handles().every((control) => stands(control) === at(control));
    draw();
  } while (and_again);
  implying = false;
}

// The state as it would be with the draft.
function drafted() {
  const held = state, mine = handles();
  state = copy(held);
  if (mine.some((control) => control.id in draft)) for (const control of mine) put(control, stands(control));
  const found = state;
  state = held;
  return found;
}

$("prior-of").addEventListener("change", () => { hold(); imply(); });
$("drawing").addEventListener("toggle", imply);
$("midway").addEventListener("change", () => { center(...handles()); imply(); });
$("apply").addEventListener("click", () => {
  const next = drafted();
  take();
  state = next;
  let_go();
  document.getElementById(`c:${handles()[0].id}`).focus(); // the button that had the focus is of no more use
});
$("prior-home").addEventListener("click", () => {
  for (const control of handles()) draft[control.id] = control.home;
  imply();
});

// ------------------------------------------------------------ YAML

async function spell() {
  const reply = await ask("yaml", { state });
  if (!told(reply)) return null;
  $("command").textContent = reply.command;
  $("entry").textContent = reply.entry;
  return reply;
}

$("yaml").addEventListener("toggle", () => { if ($("yaml").open) spell(); });
$("download").addEventListener("click", async () => {
  const reply = await spell();
  if (!reply) return;
  const link = make("a", { download: reply.name, href: URL.createObjectURL(new Blob([reply.text], { type: "text/yaml" })) });
  link.click();
  URL.revokeObjectURL(link.href);
  $("yaml").open = true;
});

begin();
