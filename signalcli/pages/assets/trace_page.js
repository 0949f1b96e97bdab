
// The page: its filters, the tree and the details of the active row.

const get = (id) => document.getElementById(id);

const words = JSON.parse(get("words").textContent);

/** Return a text in the language of the page, with values for the names in braces. */
const say = (text, values = {}) => (words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

const trace = new Trace(JSON.parse(get("trace").textContent));
const tree = new Tree(trace, get("tree"), get("rows"));
const form = get("filters");
const { text, signal, receiver, process, slow, unheard, raised, changes } = form.elements;

/** Return how often each number occurs, without 0. */
function counted(numbers) {
  const counts = new Map();
  for (const number of numbers) if (number) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

/** Fill the choices of a filter: texts by their numbers, with how many rows have each. */
function fill(select, numbers) {
  const choices = [...counted(numbers)].map(([number, count]) => [trace.texts[number], number, count]);
  choices.sort(([one], [other]) => one.localeCompare(other, undefined, { numeric: true }));
  for (const [name, number, count] of choices) {
    select.append(element("option", { value: number }, `${name} (${count})`));
  }
  select.parentElement.hidden = choices.length === 0;
}

/** Return the number that a column of shapes has for each send. */
function* ofSends(column) {
  for (let row = 0; row < trace.length; row++) {
    if (trace.kind[row] === "send") yield trace.shapes[column][trace.shape[row]];
  }
}

function* receivers() {
  for (const calls of ofSends("calls")) for (const call of calls) yield trace.calls.receiver[call];
}

function filter() {
  const chosen = trace.chosen({
    text: text.value.toLowerCase(),
    signal: Number(signal.value),
    receiver: Number(receiver.value),
    process: Number(process.value),
    slow: Number(slow.value),
    unheard: unheard.checked,
    raised: raised.checked,
    changes: changes.checked,
  });
  const isSend = (row) => trace.kind[row] === "send";
  const count = chosen.reduce((sum, each, row) => sum + (each && isSend(row)), 0);
  const total = trace.kind.filter((kind) => kind === "send").length;
  tree.choose(chosen);
  const numbers = { count: count.toLocaleString("en"), total: total.toLocaleString("en") };
  if (count === total) form.elements.count.value = total === 1 ? say("1 send") : say("{total} sends", numbers);
  else form.elements.count.value = total === 1 ? say("{count} of 1 send", numbers) : say("{count} of {total} sends", numbers);
}

/** Return a list of labels and texts. */
function listOf(pairs) {
  return element("dl", {}, ...pairs.flatMap(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]));
}

function callOf({ receiver, outcome, reason, result, details, duration }) {
  const isTimed = outcome === "returned" || outcome === "raised";
  const pairs = [[say("why"), reason], [outcome === "raised" ? say("exception") : say("value"), result], ...details];
  if (isTimed) pairs.push([say("time"), milliseconds(duration)]);
  return element(
    "li",
    {},
    element("h3", {}, receiver, " ", element("span", { class: outcome }, trace.outcomes[outcome])),
    listOf(pairs.filter(([, value]) => value)),
  );
}

function showDetails() {
  const { row } = tree;
  if (row === undefined) {
    get("details").replaceChildren(element("p", {}, say("No send matches.")));
    return;
  }
  const labels = { send: say("note"), trace: say("outcome"), change: say("change") };
  const pairs = [
    [say("sender"), trace.text(row, "sender")],
    [say("payload"), trace.text(row, "payload")],
    [say("process"), trace.text(row, "process")],
    [labels[trace.kind[row]], trace.text(row, "note")],
    [say("at"), trace.kind[row] === "trace" ? "" : milliseconds(trace.started[row])],
    [say("time"), trace.kind[row] === "change" ? "" : milliseconds(trace.duration[row])],
    ...trace.detailsOf(row),
  ];
  const calls = trace.callsOf(row);
  get("details").replaceChildren(
    element("h2", {}, trace.text(row, "name")),
    listOf(pairs.filter(([, value]) => value)),
    ...(calls.length ? [element("ul", { class: "calls" }, ...calls.map(callOf))] : []),
  );
}

/** Write below the printed rows how many more there are. */
function countUnprinted() {
  const more = tree.shown.length - MOST_PRINTED;
  const number = more.toLocaleString("en");
  const one = say("1 more row isn't printed. Fold or filter the rows to print fewer.");
  const several = say("{number} more rows aren't printed. Fold or filter the rows to print fewer.", { number });
  get("unprinted").textContent = more > 0 ? (more === 1 ? one : several) : "";
}

function pressed(event) {
  const isTyping = event.target.matches("input:not([type=checkbox]), select");
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    text.focus();
    text.select();
  } else if (event.key === "Escape") {
    text.value = "";
    filter();
    tree.view.focus();
  }
}

fill(signal, ofSends("name"));
fill(receiver, receivers());
fill(process, ofSends("process"));
document.body.classList.toggle("processes", !process.parentElement.hidden);
changes.parentElement.hidden = !trace.kind.includes("change");
form.hidden = get("trace-view").hidden = false;

form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter)); // when its fields are empty
form.addEventListener("submit", (event) => event.preventDefault());
form.elements.fold.addEventListener("click", () => tree.foldAll(true));
form.elements.unfold.addEventListener("click", () => tree.foldAll(false));
document.addEventListener("keydown", pressed);
addEventListener("beforeprint", countUnprinted);
tree.addEventListener("activate", showDetails);
filter();
tree.view.focus({ preventScroll: true });
