// The panel with all that the steps say about the selected node or edge.

class DetailPanel {
  constructor(panel, stepper) {
    this.panel = panel;
    this.stepper = stepper;
    this.order = [...stepper.graph.nodes.values(), ...stepper.graph.edges.values()].map(([one]) => one);
    this.order.forEach((element, i) => {
      element.setAttribute("tabindex", i ? "-1" : "0");   // the Tab key stops at the graph once
      element.setAttribute("role", "button");
      const { edge } = element.dataset;                    // a node's label is its text
      if (edge !== undefined) element.setAttribute("aria-label", edge.replace("->", " to "));
    });
    stepper.graph.canvas.querySelector("svg")?.setAttribute("role", "group");
    stepper.graph.canvas.addEventListener("keydown", (event) => this.press(event));
    panel.addEventListener("keydown", ({ key: pressed }) => pressed === "Escape" && this.close());
    panel.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      const { go, open, from, to } = button.dataset;
      if (go) stepper.go(Number(go));
      else if (open !== undefined) this.openNode(open);
      else if (from !== undefined) this.openEdge(from, to);
      else if (button.className === "close") this.close();
    });
  }

  press(event) {
    const at = this.order.indexOf(event.target.closest("[data-node], [data-edge]"));
    if (at < 0) return;
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) this.focus(this.order[at + by] ?? this.order[at]);
    else if (event.key === "Enter" || event.key === " ") this.open(this.order[at]);
    else return;
    event.preventDefault();
  }

  focus(element) {
    for (const one of this.order) one.setAttribute("tabindex", "-1");
    element.setAttribute("tabindex", "0");
    element.focus({ preventScroll: true });
    this.stepper.graph.reveal([element]);
  }

  open(element) {
    const { node, edge } = element.dataset;
    if (node !== undefined) this.openNode(node);
    else if (this.stepper.graph.ends.has(edge)) this.openEdge(...this.stepper.graph.ends.get(edge));
    else this.show(edge.replace("->", " → "), [together("Several edges")], [element]);
  }

  openNode(name) {
    const about = this.stepper.items.filter((item) => item.dataset.about === name);
    const given = [...this.stepper.section.querySelectorAll(".given li")]
      .filter((item) => item.dataset.leaf === name)
      .map((item) => element("p", item.textContent));
    const parts = [...given, ...about.flatMap((item) => this.part(item, ".work"))];
    const edges = this.stepper.steps
      .filter((step) => step.phase === "forward" || step.phase === "loss")
      .flatMap((step) => step.edges);
    const into = edges.filter(([, consumer]) => consumer === name);
    const out = this.stepper.steps
      .filter((step) => step.phase === "backward" && step.about === name)
      .flatMap((step) => step.edges);
    parts.push(edgeLinks("Made from", into, 0), edgeLinks("Used in", out, 1));
    if (!given.length && !about.length) parts.push(...this.group(name));
    this.show(name, parts, this.stepper.graph.drawn(name));
  }

  // nodes that are drawn as one
  group(name) {
    const members = this.stepper.graph.groups.get(name) ?? [];
    return [together(`${members.length} nodes`), nodeLinks(members)];
  }

  openEdge(from, to) {
    const item = this.stepper.items.find(
      (one) => one.dataset.phase === "backward" && one.dataset.about === from,
    );
    const through = [...item.querySelectorAll(".through")].find((one) => one.dataset.to === to);
    if (!through) return this.openNode(from);   // one of the contributions that are only shown as a sum
    const parts = [...this.part(item, null, through), nodeLinks([from, to])];
    this.show(`${from} → ${to}`, parts, this.stepper.graph.drawnEdge([from, to]));
  }

  // a copy of a part of a step, with a button that goes to the step
  part(item, selector, chosen = item.querySelector(selector)) {
    const number = this.stepper.items.indexOf(item);
    const go = element("button", `Step ${number + 1}: ${this.stepper.steps[number].label}`);
    go.type = "button";
    go.className = "go";
    go.dataset.go = number;
    return [go, chosen.cloneNode(true)];
  }

  show(title, parts, elements) {
    const close = element("button", "Close");
    close.type = "button";
    close.className = "close";
    this.panel.replaceChildren(close, element("h2", title), ...parts);
    this.panel.hidden = false;
    this.stepper.graph.select(elements);
    this.panel.focus({ preventScroll: true });
  }

  close() {
    const [selected] = this.stepper.graph.selected;
    this.stepper.graph.select([]);
    this.panel.hidden = true;
    if (selected) this.focus(selected);
  }
}

function element(tag, text) {
  const created = document.createElement(tag);
  created.textContent = text;
  return created;
}

function together(what) {
  return element("p", `${what} are drawn as one here.`);
}

function edgeLinks(title, edges, end) {
  return linked(title, edges.map((edge) => [edge[end], { from: edge[0], to: edge[1] }]));
}

function nodeLinks(names) {
  return linked("Open", names.map((name) => [name, { open: name }]));
}

function linked(title, buttons) {
  const list = element("p", `${title} `);
  list.className = "links";
  list.hidden = !buttons.length;
  for (const [text, data] of buttons) {
    const button = element("button", text);
    button.type = "button";
    Object.assign(button.dataset, data);
    list.append(button, " ");
  }
  return list;
}

