// Reads a JSON list of Mermaid diagrams from standard input, and writes what Mermaid makes of each:
// {"error": …}, or {"nodes": {ID: {"label", "shape"}}, "edges": [{"start", "end", "label", "stroke"}]}.
//
// Labels are those of the drawing, as a reader sees them. PARSER_MODULES is the node_modules that
// holds mermaid and jsdom.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.env.PARSER_MODULES;
const { JSDOM } = createRequire(join(modules, "here.js"))("jsdom");

const { window } = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true });
globalThis.window = window;
globalThis.document = window.document;
for (const name of ["CSSStyleSheet", "DOMParser", "Element", "HTMLElement", "SVGElement"]) {
  globalThis[name] ??= window[name];
}
// jsdom lays nothing out: every text is of one size.
const box = () => ({ x: 0, y: 0, width: 100, height: 20 });
window.Element.prototype.getBoundingClientRect = box;
window.SVGElement.prototype.getBBox = box;
window.SVGElement.prototype.getComputedTextLength = () => 100;

const { default: mermaid } = await import(
  pathToFileURL(join(modules, "mermaid", "dist", "mermaid.core.mjs"))
);
mermaid.initialize({ startOnLoad: false, maxTextSize: 1e7, maxEdges: 1e5, logLevel: "fatal" });

async function read(text, number) {
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const { svg } = await mermaid.render(`drawing${number}`, text);
  const drawing = new window.DOMParser().parseFromString(svg, "text/html");

  const nodes = {};
  for (const [id, vertex] of db.getVertices()) {
    const node = drawing.querySelector(`[id$="${vertex.domId}"]`);
    nodes[id] = { label: node.querySelector(".nodeLabel").textContent, shape: vertex.type };
  }
  const edges = db.getEdges().map(({ id, start, end, stroke }) => {
    const label = drawing.querySelector(`.edgeLabel [data-id="${id}"]`);
    return { start, end, stroke, label: label?.textContent ?? "" };
  });
  return { nodes, edges };
}

const read_all = [];
for (const [number, text] of JSON.parse(readFileSync(0, "utf8")).entries()) {
  read_all.push(await read(text, number).catch((error) => ({ error: String(error) })));
}
process.stdout.write(JSON.stringify(read_all), () => process.exit(0));
