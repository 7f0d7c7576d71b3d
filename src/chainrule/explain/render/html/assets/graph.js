// The graph: shows the numbers computed so far, and highlights what a step concerns.

const DASH = "–";
const LEGIBLE = 0.7;   // a smaller share of its natural size cannot be read: such a graph is scrolled
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Graph {
  constructor(canvas, { steps, groups }) {
    this.canvas = canvas;
    this.svg = canvas.querySelector("svg");
    this.nodes = byKey(canvas.querySelectorAll("[data-node]"), "node");
    this.edges = byKey(canvas.querySelectorAll("[data-edge]"), "edge");
    this.groups = new Map(Object.entries(groups));
    this.box = new Map([...this.groups].flatMap(([box, names]) => names.map((one) => [one, box])));
    this.ends = new Map(steps.flatMap((step) => step.edges).map((edge) => [key(edge), edge]));
    this.valued = new Map();   // name: the step from which its value is known
    this.sloped = new Map();   // name: the step from which its gradient is known
    steps.forEach((step, i) => {
      if (step.phase === "given") for (const name of step.nodes) this.valued.set(name, i);
      else if (step.phase === "backward") this.sloped.set(step.about, i);
      else if (step.phase !== "update") this.valued.set(step.about, i);
    });
    this.numbers = [...canvas.querySelectorAll(".value, .gradient")].map((label) => ({
      label,
      shown: label.textContent,
      known: this.knownFrom(label, label.classList.contains("value") ? this.valued : this.sloped),
    }));
    // a wire is dashed by the sign of its gradient, so not before the gradient is known
    this.signs = [...this.nodes.values(), ...this.edges.values()].flat().map((element) => ({
      element,
      known: this.knownFrom(element, this.sloped),
    }));
    this.lit = [];
    this.selected = [];
    for (const title of canvas.querySelectorAll("title")) title.remove();   // they would show the numbers too early
    for (const marker of canvas.querySelectorAll("marker")) {              // one size, highlighted or not
      for (const side of ["markerWidth", "markerHeight"]) marker.setAttribute(side, "9");
      marker.setAttribute("markerUnits", "userSpaceOnUse");
    }
    for (const rect of canvas.querySelectorAll(".leaf rect:not(.frame)")) { // a frame when highlighted
      for (const [side, by] of [["x", -5], ["width", 5], ["y", 7], ["height", -14]]) {
        rect.setAttribute(side, Number(rect.getAttribute(side)) + by);
      }
    }
    for (const wire of canvas.querySelectorAll("[data-edge] path")) {       // easier to hit
      const touch = wire.cloneNode();
      touch.setAttribute("class", "touch");
      touch.removeAttribute("marker-end");
      wire.after(touch);
    }
    this.zoomed = 0;
    this.zoom();
    addEventListener("resize", () => this.zoom());
  }

  // a group is known once all its nodes are; what no step is about, once everything is
  knownFrom(element, steps) {
    const { node, edge } = element.closest("[data-node], [data-edge]")?.dataset ?? {};
    const name = node ?? this.ends.get(edge)?.[0];
    const computed = (this.groups.get(name) ?? [name]).filter((one) => steps.has(one));
    const known = computed.length ? computed.map((one) => steps.get(one)) : steps.values();
    return Math.max(...known);
  }

  // the elements that show a node or an edge, alone or in a group
  drawn(name) {
    return this.nodes.get(name) ?? this.nodes.get(this.box.get(name)) ?? [];
  }

  drawnEdge(edge) {
    const boxes = edge.map((name) => this.box.get(name) ?? name);
    return this.edges.get(key(edge)) ?? this.edges.get(key(boxes)) ?? [];
  }

  paint(step, number) {
    for (const one of this.numbers) {
      const { label, shown, known } = one;
      if (one.open === known <= number) continue;
      one.open = known <= number;
      label.textContent = one.open ? shown : DASH;
      label.classList.toggle("unknown", !one.open);
    }
    for (const { element, known } of this.signs) {
      element.classList.toggle("unsaid", known > number);
    }
    for (const one of this.lit) one.classList.remove("current", "near", "lit");
    const about = this.drawn(step.about);
    const near = step.nodes.flatMap((name) => this.drawn(name));
    const edges = step.edges.flatMap((edge) => this.drawnEdge(edge));
    for (const one of about) one.classList.add("current");
    for (const one of near) one.classList.add("near");
    for (const one of edges) one.classList.add("lit");
    this.lit = [...about, ...near, ...edges];
    this.canvas.dataset.phase = step.phase;
    if (about.length) this.reveal(this.lit);
    else this.canvas.scrollTo(0, 0);
  }

  // as large as fits, but never too small to read
  zoom(by = 0) {
    const [wide, high] = ["width", "height"].map((side) => Number(this.svg.getAttribute(side)));
    const across = this.canvas.clientWidth / wide;
    const down = Number.parseFloat(getComputedStyle(this.canvas).maxHeight) / high;
    const fit = Math.min(across, Math.max(down, LEGIBLE), 1.25);
    if (by) this.zoomed = Math.min(Math.max((this.zoomed || this.scale) * by, 0.2), 4);
    this.scale = this.zoomed || (fit < LEGIBLE ? 0.85 : fit);
    this.svg.style.width = `${wide * this.scale}px`;
  }

  select(elements) {
    for (const one of this.selected) one.classList.remove("selected");
    for (const one of elements) one.classList.add("selected");
    this.selected = elements;
  }

  // select a path, given from the output back
  follow(route) {
    const edges = route.slice(1).flatMap((source, i) => this.drawnEdge([source, route[i]]));
    this.select([...route.flatMap((name) => this.drawn(name)), ...edges]);
    this.reveal(this.selected);
  }

  // scroll the drawing, not the page, just far enough to show these elements, or else the first one
  reveal(elements) {
    const frame = this.canvas.getBoundingClientRect();
    const boxes = elements.map((one) => one.getBoundingClientRect());
    const by = (low, high) => {
      const start = Math.min(...boxes.map((box) => box[low])) - 24;
      const end = Math.max(...boxes.map((box) => box[high])) + 24;
      const size = frame[high] - frame[low];
      const centre = (boxes[0][low] + boxes[0][high] - frame[low] - frame[high]) / 2;
      if (end - start > size) return centre;
      return Math.min(start - frame[low], 0) || Math.max(end - frame[high], 0);
    };
    this.canvas.scrollBy({
      left: by("left", "right"),
      top: by("top", "bottom"),
      behavior: calm.matches ? "auto" : "smooth",
    });
  }
}

function byKey(elements, kind) {
  const found = new Map();
  for (const element of elements) {
    const name = element.dataset[kind];
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(element);
  }
  return found;
}

function key([source, consumer]) {
  return `${source}->${consumer}`;
}
