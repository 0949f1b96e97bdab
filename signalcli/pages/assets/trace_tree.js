
// A tree of rows, of which only those in view are elements.

const AROUND = 10; // rows above and below the view that are elements too
const MOST_PRINTED = 2000; // rows

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children); // text becomes text nodes, never HTML
  return made;
}

/** Return the name of a receiver without its modules. */
const withoutModule = (receiver) => receiver.replace(/^(?:[a-z_]\w*\.)+(?=[\w<])/, "");

const milliseconds = (microseconds) => `${(microseconds / 1000).toFixed(3)} ms`;

class Tree extends EventTarget {
  /** The tree of a trace in two elements: the one that scrolls, and the one as high as all rows. */
  constructor(trace, view, rows) {
    super();
    Object.assign(this, { trace, view, rows });
    this.folded = new Uint8Array(trace.length);
    this.chosen = new Uint8Array(trace.length).fill(1);
    this.position = new Int32Array(trace.length); // among the rows shown beside it, from 1
    this.beside = new Int32Array(trace.length + 1); // how many are shown below a row, or outermost
    this.shown = []; // the rows that a scroll bar reaches
    this.active = 0; // an index of `shown`
    this.elements = new Map(); // by the index in `shown`
    view.addEventListener("scroll", () => this.draw());
    view.addEventListener("keydown", (event) => this.#press(event));
    rows.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => (this.height === this.#rowHeight ? this.draw() : this.refresh())).observe(view);
    addEventListener("beforeprint", () => this.draw(0, MOST_PRINTED));
    addEventListener("afterprint", () => this.draw());
  }

  /** The row that is active, or undefined if none is shown. */
  get row() {
    return this.shown[this.active];
  }

  /** The height of a row, in pixels, which depends on the width of the page. */
  get #rowHeight() {
    return parseFloat(getComputedStyle(this.view).getPropertyValue("--row"));
  }

  /** The height of the view, in pixels, without the headings of the columns. */
  get #room() {
    return this.view.clientHeight - this.rows.offsetTop;
  }

  /** Show the rows that are chosen, and those around them, all unfolded. */
  choose(chosen) {
    this.folded.fill(0);
    const { parent } = this.trace;
    for (let row = chosen.length - 1; row >= 0; row--) {
      if (chosen[row] && parent[row] >= 0) chosen[parent[row]] = 1;
    }
    this.chosen = chosen;
    this.refresh();
  }

  /** Fold or unfold every row that has rows below, but for requests and programs. */
  foldAll(folded) {
    this.folded.forEach((_, row) => {
      this.folded[row] = folded && this.trace.kind[row] === "send" && this.trace.hasRowsBelow(row);
    });
    this.refresh();
  }

  /** Find the rows to show after a change, and draw them anew. */
  refresh() {
    const { parent, end, length } = this.trace;
    const before = this.row;
    this.shown = [];
    this.beside.fill(0);
    for (let row = 0; row < length; row = this.folded[row] ? end[row] : row + 1) {
      if (!this.chosen[row]) continue;
      this.position[row] = ++this.beside[parent[row] < 0 ? length : parent[row]];
      this.shown.push(row);
    }
    this.elements.clear();
    this.rows.replaceChildren();
    this.height = this.#rowHeight;
    this.rows.style.height = `${this.shown.length * this.height}px`;
    this.activate(this.#indexOf(before ?? 0), false);
  }

  /** Return the index of a row, or of the last one shown before it. */
  #indexOf(row) {
    let [low, high] = [0, this.shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown[middle] <= row) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }

  /** Make a row the active one, by its index. */
  activate(index, scrolls = true) {
    this.active = Math.max(0, Math.min(index, this.shown.length - 1));
    const top = this.active * this.height;
    const least = top + this.height - this.#room;
    if (scrolls && top < this.view.scrollTop) this.view.scrollTop = top;
    if (scrolls && least > this.view.scrollTop) this.view.scrollTop = least;
    this.draw();
    this.dispatchEvent(new Event("activate"));
  }

  /** Draw the rows in view, or those of a range of indices. Elements that stay aren't touched. */
  draw(start, end) {
    const first = start ?? Math.floor(this.view.scrollTop / this.height) - AROUND;
    const last = end ?? first + Math.ceil(this.view.clientHeight / this.height) + 2 * AROUND;
    const isDrawn = (index) => first <= index && index < last;
    for (const [index, drawn] of this.elements) {
      if (!isDrawn(index)) {
        drawn.remove();
        this.elements.delete(index);
      }
    }
    let before = null;
    for (let index = Math.max(first, 0); index < Math.min(last, this.shown.length); index++) {
      const drawn = this.elements.get(index) ?? this.#drawn(index);
      drawn.setAttribute("aria-selected", index === this.active);
      if (!drawn.isConnected) before ? before.after(drawn) : this.rows.prepend(drawn);
      before = drawn;
    }
    const active = this.elements.get(this.active);
    if (active) this.view.setAttribute("aria-activedescendant", active.id);
    else this.view.removeAttribute("aria-activedescendant");
  }

  #drawn(index) {
    const { trace } = this;
    const row = this.shown[index];
    const depth = trace.depth[row];
    const made = element("div", {
      id: `row-${row}`,
      class: `row ${trace.kind[row]}`,
      role: "treeitem",
      "aria-level": depth + 1,
      "aria-posinset": this.position[row],
      "aria-setsize": this.beside[trace.parent[row] < 0 ? trace.length : trace.parent[row]],
    });
    const hasRowsBelow = this.beside[row] > 0 || this.folded[row];
    if (hasRowsBelow) made.setAttribute("aria-expanded", !this.folded[row]);
    made.style.top = `${index * this.height}px`;
    made.style.setProperty("--depth", depth);
    made.append(...this.#cells(row, hasRowsBelow ? (this.folded[row] ? "▸" : "▾") : ""));
    this.elements.set(index, made);
    return made;
  }

  #cells(row, fold) {
    const { trace } = this;
    const cell = (name, ...content) => {
      const made = element("span", { class: name }, ...content);
      made.title = made.textContent; // what doesn't fit is cut
      return made;
    };
    const sign = element("span", { class: "fold", "aria-hidden": "true" }, fold);
    const started = trace.kind[row] === "trace" ? "" : milliseconds(trace.started[row]);
    const time = trace.kind[row] === "change" ? "" : milliseconds(trace.duration[row]);
    return [
      cell("name", sign, trace.text(row, "name")),
      cell("sender", trace.text(row, "sender")),
      cell("payload", trace.text(row, "payload")),
      cell("heard", ...this.#heard(row)),
      cell("process", trace.text(row, "process")),
      cell("started", started),
      cell("time", time),
    ];
  }

  #heard(row) {
    const calls = this.trace
      .callsOf(row)
      .map(({ outcome, receiver }) => {
        const name = `${this.trace.outcomes[outcome][0]} ${withoutModule(receiver)} `;
        return element("span", { class: outcome }, name);
      });
    const note = this.trace.text(row, "note");
    return note ? [...calls, element("span", { class: "note" }, note)] : calls;
  }

  #click(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || getSelection().toString()) return;
    this.activate(this.#indexOf(Number(item.id.slice("row-".length))));
    if (event.target.classList.contains("fold")) this.#fold(!this.folded[this.row]);
  }

  #fold(folded) {
    if (this.row === undefined || !this.trace.hasRowsBelow(this.row)) return;
    this.folded[this.row] = folded;
    this.refresh();
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.#room / this.height) - 1);
    const actions = {
      ArrowDown: () => this.activate(this.active + 1),
      ArrowUp: () => this.activate(this.active - 1),
      PageDown: () => this.activate(this.active + page),
      PageUp: () => this.activate(this.active - page),
      Home: () => this.activate(0),
      End: () => this.activate(this.shown.length - 1),
      ArrowRight: () => this.#goIn(),
      ArrowLeft: () => this.#goOut(),
      Enter: () => this.#fold(!this.folded[this.row]),
      " ": () => this.#fold(!this.folded[this.row]),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  /** Unfold the active row, or go to the first row below it. */
  #goIn() {
    if (this.folded[this.row]) this.#fold(false);
    else if (this.beside[this.row]) this.activate(this.active + 1);
  }

  /** Fold the active row, or go to the row around it. */
  #goOut() {
    if (this.beside[this.row] && !this.folded[this.row]) this.#fold(true);
    else if (this.trace.parent[this.row] >= 0) this.activate(this.#indexOf(this.trace.parent[this.row]));
  }
}
