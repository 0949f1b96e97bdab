
// The data of a trace: columns of numbers, with each text and each shape of rows once.

class Trace {
  constructor({ outcomes, texts, calls, shapes, rows, durations }) {
    Object.assign(this, { outcomes, texts, calls, shapes, durations, ...rows });
    this.length = this.shape.length;
    this.kind = this.shape.map((shape) => shapes.kind[shape]);
    this.parent = new Int32Array(this.length); // -1 for an outermost row
    this.end = new Int32Array(this.length); // the row after the last one below
    this.firstCall = new Int32Array(this.length);
    this.#link();
  }

  #link() {
    const open = [];
    let call = 0;
    for (let row = 0; row < this.length; row++) {
      while (open.length > this.depth[row]) this.end[open.pop()] = row;
      this.parent[row] = open.length ? open.at(-1) : -1;
      this.firstCall[row] = call;
      call += this.shapes.calls[this.shape[row]].length;
      open.push(row);
    }
    for (const row of open) this.end[row] = this.length;
  }

  /** Return a text of a row, such as its `name`. */
  text(row, column) {
    return this.texts[this.shapes[column][this.shape[row]]];
  }

  hasRowsBelow(row) {
    return this.end[row] > row + 1;
  }

  /** Return the calls of a row, in the order of the calls. */
  callsOf(row) {
    return this.shapes.calls[this.shape[row]].map((call, index) => ({
      receiver: this.texts[this.calls.receiver[call]],
      outcome: this.calls.outcome[call],
      result: this.texts[this.calls.result[call]],
      reason: this.texts[this.calls.reason[call]],
      details: this.#pairs(this.calls.details[call]),
      duration: this.durations[this.firstCall[row] + index],
    }));
  }

  /** Return more labels and texts of a row. */
  detailsOf(row) {
    return this.#pairs(this.shapes.details[this.shape[row]]);
  }

  #pairs(numbers) {
    const texts = numbers.map((number) => this.texts[number]);
    return texts.flatMap((text, index) => (index % 2 ? [[texts[index - 1], text]] : []));
  }

  /**
   * Return 1 for each row that a filter chooses, and 0 for the others.
   * A filter has the numbers of texts (`signal`, `receiver`, `process`), a lower-case `text`, `slow` in
   * milliseconds, and the flags `unheard`, `raised` and `changes`. What is empty chooses everything.
   */
  chosen(filter) {
    const shapes = this.#chosenShapes(filter);
    const least = filter.slow * 1000;
    return Uint8Array.from(this.shape, (shape, row) => shapes[shape] && this.duration[row] >= least);
  }

  #chosenShapes(filter) {
    const { kind, name, process, raised, unheard, calls } = this.shapes;
    const ofSends = filter.unheard || filter.raised || filter.receiver || filter.slow;
    const hasText = this.#shapesWith(filter.text);
    return kind.map(
      (each, shape) =>
        hasText[shape] &&
        (each !== "change" || filter.changes) &&
        (each === "send" || !ofSends) &&
        (each !== "trace" || !(filter.signal || filter.process)) &&
        (!filter.raised || raised[shape]) &&
        (!filter.unheard || unheard[shape]) &&
        (!filter.signal || name[shape] === filter.signal) &&
        (!filter.process || process[shape] === filter.process) &&
        (!filter.receiver || calls[shape].some((call) => this.calls.receiver[call] === filter.receiver)),
    );
  }

  /** Return, for each shape, whether one of its texts contains another, in lower case. */
  #shapesWith(text) {
    const found = this.texts.map((each) => each.toLowerCase().includes(text));
    const isFound = (number) => found[number];
    const { receiver, result, reason, details } = this.calls;
    const ofCalls = receiver.map((_, call) =>
      [receiver[call], result[call], reason[call], ...details[call]].some(isFound),
    );
    const shapes = this.shapes;
    return shapes.kind.map(
      (_, shape) =>
        !text ||
        [shapes.name, shapes.sender, shapes.payload, shapes.note].some((column) => found[column[shape]]) ||
        shapes.details[shape].some(isFound) ||
        shapes.calls[shape].some((call) => ofCalls[call]),
    );
  }
}
