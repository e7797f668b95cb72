// The page's own script: tables that sort, charts, the networks as WebAssembly, and one network looked at closely.
const data = JSON.parse(document.getElementById("data").textContent);
const byName = new Map(data.networks.map((network) => [network.name, network]));
const $ = (id) => document.getElementById(id);

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Tables

const number = (text) => {
  const found = text.replace(/[,\s]/g, "").replace("−", "-").match(/[-+]?\d+(\.\d+)?/);
  return found ? Number(found[0]) : NaN;
};

function sort(table, column, head) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const numeric = head.classList.contains("number");
  const key = (row) => (numeric ? number(row.cells[column].textContent) : row.cells[column].textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
  const order = (a, b) => {
    if (numeric && (Number.isNaN(a) || Number.isNaN(b))) return Number.isNaN(a) - Number.isNaN(b); // without a number: last
    return (down ? -1 : 1) * (numeric ? a - b : a.localeCompare(b));
  };
  rows.sort(([a], [b]) => order(a, b));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sorts"))
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sort(table, column, head));
  });

// Charts

const embedded = {};
async function show(name, rows) {
  const chart = data.charts[name];
  if (rows) chart.data = { name: "rows", values: rows };
  const { view } = await vegaEmbed(`#chart-${name}`, chart, { actions: false, renderer: "svg" });
  embedded[name] = view;
}

// A chart of one network's rows, with its title; neither where there are none.
async function fill(name, rows) {
  const place = $(`chart-${name}`);
  place.hidden = place.previousElementSibling.hidden = !rows.length;
  if (name === "layers") data.charts[name].height = 26 * rows.length;
  if (rows.length) await show(name, rows);
}

// Networks as WebAssembly

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const machines = new Map();
function machine(network) {
  if (!machines.has(network.name))
    machines.set(network.name, WebAssembly.instantiate(bytesOf(network.c.wasm)).then((built) => built.instance.exports));
  return machines.get(network.name);
}

// int8 in, int8 out: the network's C.
async function run(name, input) {
  const network = byName.get(name), exports = await machine(network);
  new Int8Array(exports.memory.buffer, exports.input(), network.c.input_bytes).set(input);
  exports.run();
  return new Int8Array(exports.memory.buffer, exports.output(), network.c.output_bytes).slice();
}

const halfToEven = (value) => {
  const low = Math.floor(value), rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
};

const offset = Float32Array.from(data.examples.offset), divisor = Float32Array.from(data.examples.divisor);

// Raw values, as the data have them, to the int8 that a network takes; in float32, as everywhere.
function quantized(values, network) {
  const { input_scale: scale, input_zero_point: zero } = network.c;
  return Int8Array.from(values, (value, place) => {
    const real = Math.fround(Math.fround(value - offset[place % offset.length]) / divisor[place % divisor.length]);
    return Math.min(127, Math.max(-128, halfToEven(Math.fround(real / Math.fround(scale))) + zero));
  });
}

function likelihoods(output, network) {
  const reals = [...output].map((value) => (value - network.c.output_zero_point) * network.c.output_scale);
  const most = Math.max(...reals), powers = reals.map((real) => Math.exp(real - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

// Examples

let examples = null; // raw values of each
async function loadExamples() {
  const stream = new Blob([bytesOf(data.examples.values)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const values = data.examples.dtype === "uint8" ? new Uint8Array(buffer) : new Float32Array(buffer);
  const size = values.length / data.examples.places.length;
  examples = data.examples.places.map((_, place) => values.subarray(place * size, (place + 1) * size));
}

const [high, wide] = data.examples.shape, depth = data.examples.kind === "image" ? data.examples.shape[2] ?? 1 : 1;

const pen = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

// A shade of grey or of a colour, from 0 to 255, as the data have it.
const raw = (shade) => data.examples.dtype === "uint8" ? Math.round(shade) : data.examples.low + (shade / 255) * (data.examples.high - data.examples.low);

// An image as it is; a series as a line a feature; a table's row as a line.
function paint(canvas, values) {
  const context = pen(canvas);
  if (data.examples.kind === "image") {
    canvas.width = wide; canvas.height = high;
    const image = context.createImageData(wide, high), { low, high: top } = data.examples;
    const shade = (value) => (data.examples.dtype === "uint8" ? value : (255 * (value - low)) / (top - low || 1));
    for (let place = 0; place < wide * high; place++)
      for (let colour = 0; colour < 4; colour++)
        image.data[4 * place + colour] = colour === 3 ? 255 : shade(values[depth * place + (depth >= 3 ? colour : 0)]);
    context.putImageData(image, 0, 0);
    return;
  }
  canvas.width = canvas.height = 280;
  context.fillStyle = "#000"; context.fillRect(0, 0, 280, 280);
  const features = data.examples.kind === "series" ? wide : 1, steps = values.length / features;
  const least = Math.min(...values), span = Math.max(...values) - least || 1;
  for (let feature = 0; feature < features; feature++) {
    context.strokeStyle = `hsl(${(360 * feature) / features} 80% 65%)`;
    context.beginPath();
    for (let step = 0; step < steps; step++)
      context.lineTo((280 * (step + 0.5)) / steps, 270 - (260 * (values[step * features + feature] - least)) / span);
    context.stroke();
  }
}

// The bench: what is drawn or chosen, given to two networks

const panels = [...document.querySelectorAll(".network")].map((place) => ({ place, network: null }));
let given = null; // raw values

function options(select, names, chosen) {
  select.replaceChildren(...names.map((name) => made("option", { value: name, textContent: name })));
  if (chosen) select.value = chosen;
}

const figure = (value) => Math.round(value).toLocaleString("en");

const figureList = (rows) => made("dl", { className: "figures" }, ...rows.flatMap(([name, value]) => [made("dt", { textContent: name }), made("dd", { textContent: value })]));
const percentage = (share) => `${(100 * share).toFixed(2)} %`;

function figures(network) {
  const core = $("core").value, takes = network.cores[core];
  const cycles = takes.estimated_cycles === undefined ? [`instructions on ${core}`, takes.instructions] : [`estimated cycles on ${core}`, takes.estimated_cycles];
  const rows = [...Object.entries(network.measures).filter(([name]) => /coded|flash|RAM|\.tflite|zipped/.test(name)), cycles];
  return figureList([["accuracy", percentage(network.accuracy)], ...rows.map(([name, value]) => [name, figure(value)])]);
}

function furnish(panel, names, chosen) {
  const select = made("select");
  options(select, names, chosen);
  const scores = made("div", { className: "scores" });
  panel.rows = data.classes.map((name) => {
    const bar = made("div", { className: "bar" }), value = made("span", { className: "value" });
    scores.append(made("span", { textContent: name }), made("div", { className: "track" }, bar), value);
    return { bar, value };
  });
  panel.answer = made("p", { className: "answer", ariaLive: "polite" });
  panel.figures = made("div");
  panel.choose = () => {
    panel.network = byName.get(select.value);
    panel.figures.replaceChildren(figures(panel.network));
    answer(panel);
  };
  select.addEventListener("change", panel.choose);
  panel.place.replaceChildren(made("label", {}, "Network ", select), panel.answer, scores, panel.figures);
  panel.choose();
}

async function answer(panel) {
  if (!given) {
    panel.answer.textContent = "";
    for (const { bar, value } of panel.rows) { bar.style.width = 0; value.textContent = ""; }
    return;
  }
  const { network } = panel, asked = given, output = await run(network.name, quantized(asked, network));
  if (panel.network !== network || given !== asked) return; // something else was asked meanwhile
  const shares = likelihoods(output, network);
  const best = output.indexOf(Math.max(...output));
  panel.answer.textContent = data.classes[best];
  shares.forEach((share, place) => {
    panel.rows[place].bar.style.width = `${100 * share}%`;
    panel.rows[place].value.textContent = `${(100 * share).toFixed(1)} %`;
  });
}

function give(values, said) {
  given = values;
  $("given").textContent = said;
  panels.forEach(answer);
}

function giveExample(place) {
  paint($("pad"), examples[place]);
  give(examples[place], `Test example ${data.examples.places[place]}: ${data.classes[data.examples.labels[place]]}.`);
  drawing = false;
}

// Drawing: strokes on a field ten times as fine, then made an image as MNIST's were: within 20 of 28 pixels each way, its
// mass in the middle.

let drawing = false; // is what is on the field drawn?
const FINE = 10;

function begin() {
  const pad = $("pad");
  pad.width = FINE * wide; pad.height = FINE * high;
  pen(pad).fillRect(0, 0, pad.width, pad.height);
  drawing = true;
}

function stroke(from, to) {
  const context = pen($("pad"));
  Object.assign(context, { strokeStyle: "#fff", lineWidth: 1.8 * FINE, lineCap: "round", lineJoin: "round" });
  context.beginPath(); context.moveTo(...from); context.lineTo(...to); context.stroke();
}

function seen() {
  const pad = $("pad"), { data: pixels } = pen(pad).getImageData(0, 0, pad.width, pad.height);
  let left = pad.width, right = -1, top = pad.height, bottom = -1;
  for (let y = 0; y < pad.height; y++)
    for (let x = 0; x < pad.width; x++)
      if (pixels[4 * (y * pad.width + x)] > 30) {
        left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
      }
  if (right < 0) return null;
  const across = right - left + 1, down = bottom - top + 1, scale = (20 / 28) * Math.min(wide / across, high / down);
  const small = made("canvas", { width: wide, height: high }), context = pen(small);
  const place = (x, y) => {
    context.fillRect(0, 0, wide, high);
    context.imageSmoothingQuality = "high";
    context.drawImage(pad, left, top, across, down, x, y, scale * across, scale * down);
    const { data: found } = context.getImageData(0, 0, wide, high);
    return Uint8Array.from({ length: wide * high }, (_, at) => found[4 * at]);
  };
  const x = (wide - scale * across) / 2, y = (high - scale * down) / 2, middle = place(x, y);
  let mass = 0, atX = 0, atY = 0;
  middle.forEach((value, at) => { mass += value; atX += value * (at % wide); atY += value * Math.floor(at / wide); });
  return place(x + Math.round((wide - 1) / 2 - atX / mass), y + Math.round((high - 1) / 2 - atY / mass));
}

function drawn() {
  const image = seen();
  if (image) give(Float32Array.from(image, raw), `What the networks see is your drawing, made ${wide} by ${high}, its weight in the middle.`);
  else give(null, "");
}

function makeDrawable(pad) {
  let last = null;
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) * pad.width) / box.width, ((event.clientY - box.top) * pad.height) / box.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (!drawing) begin();
    pad.setPointerCapture(event.pointerId);
    last = at(event);
    stroke(last, last);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) { const next = at(each); stroke(last, next); last = next; }
    drawn();
  });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { if (last) { last = null; drawn(); } });
  $("clear").addEventListener("click", () => { begin(); drawn(); });
  begin();
}

// An image of the user's, made as large as the network's, as grey as they are.
async function readFile(file) {
  let picture;
  try { picture = await createImageBitmap(file); } catch { $("given").textContent = `${file.name}: not an image that this browser reads`; return; }
  const small = made("canvas", { width: wide, height: high }), context = pen(small);
  context.imageSmoothingQuality = "high";
  context.fillRect(0, 0, wide, high);
  context.drawImage(picture, 0, 0, wide, high);
  const { data: pixels } = context.getImageData(0, 0, wide, high);
  const grey = (at) => 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
  const values = Float32Array.from({ length: wide * high * depth }, (_, at) => {
    return raw(depth >= 3 ? pixels[4 * Math.floor(at / depth) + (at % depth)] : grey(4 * at));
  });
  drawing = false;
  paint($("pad"), values);
  give(values, `${file.name}, made ${wide} by ${high}.`);
}

function any(places) { return places[Math.floor(Math.random() * places.length)]; }

async function openBench() {
  const names = data.networks.filter((network) => network.c).map((network) => network.name);
  options($("core"), Object.keys(byName.get(data.first).cores), "Cortex-M4");
  furnish(panels[0], names, data.first);
  furnish(panels[1], names, data.beside ?? data.first);
  $("core").addEventListener("change", () => panels.forEach((panel) => panel.choose()));
  await loadExamples();
  $("example").addEventListener("click", () => giveExample(any([...examples.keys()].slice(0, data.examples.of_classes))));
  $("mistake").addEventListener("click", () => {
    const wrong = new Set(panels[0].network.mistakes.map(([example]) => example));
    const places = [...examples.keys()].filter((place) => wrong.has(data.examples.places[place]));
    if (places.length) giveExample(any(places));
    else $("given").textContent = wrong.size ? "What it gets wrong is not among the examples kept here." : "It gets none of the test split wrong.";
  });
  $("file")?.addEventListener("change", (event) => { if (event.target.files[0]) readFile(event.target.files[0]); });
  if ($("clear")) makeDrawable($("pad")); else giveExample(0);
}

// One network, closely

function tableOf(heads, rows, label) {
  const cell = (tag, content) => made(tag, tag === "th" ? { scope: "col" } : {}, content);
  const table = made("table", {}, made("thead", {}, made("tr", {}, ...heads.map((head) => cell("th", head)))),
    made("tbody", {}, ...rows.map((row) => made("tr", {}, ...row.map((content) => content instanceof HTMLTableCellElement ? content : cell("td", content))))));
  return made("div", { className: "wide", tabIndex: 0, role: "region", ariaLabel: label }, table);
}

function boardsOf(network) {
  if (!network.boards) return made("p", { className: "note", textContent: `It has no C: ${network.why ?? "its weights are not int8 throughout"}.` });
  const kb = (bytes) => `${(bytes / 1024).toLocaleString("en")} KB`;
  const rows = network.boards.map((board) => [board.name, board.core, kb(board.flash), kb(board.ram), figure(board.flash_bytes), figure(board.ram_bytes),
    board.ms === null ? "–" : board.ms.toLocaleString("en", { maximumSignificantDigits: 3 }), made("span", { className: board.verdict.replace(" ", "-"), textContent: board.verdict })]);
  return tableOf(["board", "core", "flash", "RAM", "takes flash B", "takes RAM B", "ms, estimated", "verdict"], rows, "Boards");
}

const MOST_CLASSES = 25, MOST_SHOWN = 60;

function confusionOf(network) {
  const count = data.classes.length, pairs = new Map();
  for (const [example, actual, predicted] of network.mistakes) {
    const key = actual * count + predicted;
    pairs.set(key, [...(pairs.get(key) ?? []), example]);
  }
  const press = (key) => made("button", {
    type: "button", textContent: pairs.get(key).length, ariaLabel: `${data.classes[Math.floor(key / count)]} taken for ${data.classes[key % count]}: ${pairs.get(key).length}`,
    onclick: () => showWrong(key, pairs.get(key)),
  });
  $("wrong").replaceChildren();
  if (count > MOST_CLASSES) {
    const most = [...pairs.keys()].sort((a, b) => pairs.get(b).length - pairs.get(a).length).slice(0, 30);
    return tableOf(["is", "taken for", "examples"], most.map((key) => [data.classes[Math.floor(key / count)], data.classes[key % count], press(key)]), "Confusion");
  }
  const largest = Math.max(1, ...[...pairs.values()].map((found) => found.length));
  const rows = data.classes.map((name, actual) => [made("th", { scope: "row", textContent: name }), ...data.classes.map((_, predicted) => {
    const key = actual * count + predicted, cell = made("td");
    if (actual === predicted) cell.append(made("div", { className: "right", textContent: "·" }));
    else if (pairs.has(key)) {
      const button = press(key);
      button.style.background = `color-mix(in srgb, var(--no) ${Math.round(8 + (27 * pairs.get(key).length) / largest)}%, var(--paper))`;
      cell.append(button);
    }
    return cell;
  })]);
  const table = tableOf([made("span", { textContent: "is \\ says" }), ...data.classes], rows, "Confusion matrix");
  table.querySelector("table").classList.add("matrix");
  return table;
}

async function showWrong(key, found) {
  if (!examples) await loadExamples();
  const count = data.classes.length, actual = data.classes[Math.floor(key / count)], predicted = data.classes[key % count];
  const place = new Map(data.examples.places.map((example, at) => [example, at]));
  const kept = found.filter((example) => place.has(example)).slice(0, MOST_SHOWN);
  const items = kept.map((example) => {
    const canvas = made("canvas", { role: "img", ariaLabel: `Test example ${example}` });
    paint(canvas, examples[place.get(example)]);
    return made("li", {}, canvas, `${example}`);
  });
  const more = found.length > kept.length ? `, ${kept.length} of them here` : "";
  $("wrong").replaceChildren(made("p", { textContent: `${actual} taken for ${predicted}: ${found.length}${more}` }), made("ul", { className: "wrong" }, ...items));
}

function lookClosely() {
  const network = byName.get($("network").value);
  $("what").textContent = network.what;
  const rows = [["accuracy", percentage(network.accuracy)], ["wrong", `${network.mistakes.length.toLocaleString("en")} examples`], ...Object.entries(network.measures).map(([name, value]) => [name, figure(value)])];
  $("known").replaceChildren(figureList(rows));
  $("boards").replaceChildren(boardsOf(network));
  $("confusion").replaceChildren(confusionOf(network));
  fill("layers", Object.entries(network.layers).map(([layer, bytes]) => ({ layer, bytes })));
  fill("curves", network.curves);
}

// Charts are drawn when they are near: the first thing seen shall be there at once.
function whenNear(id, act) {
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) { watcher.disconnect(); act(); }
  }, { rootMargin: "600px" });
  watcher.observe($(id));
}

window.fewbytes = { data, run, quantized };
options($("network"), data.networks.map((network) => network.name), data.first ?? data.networks[0].name);
$("network").addEventListener("change", lookClosely);
if (data.first) openBench();
whenNear("chart-tradeoff", () => show("tradeoff"));
whenNear("closely", lookClosely);
whenNear("chart-seeds", () => show("seeds"));
addEventListener("beforeprint", () => { for (const name of ["tradeoff", "seeds"]) if (!embedded[name]) show(name); });
